/** What happens if code changes a session: the name of what it throws, or `changed`. */
export function outcomeOf(change: () => void): string {
  try {
    change();
    return 'changed';
  } catch (error) {
    return (error as Error).name;
  }
}
