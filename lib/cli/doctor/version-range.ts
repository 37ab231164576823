type Version = readonly [major: number, minor: number, patch: number];

/**
 * Whether a version is in a range such as `^20.19.0 || >=24.0.0`: the form in which the manifest of this package
 * says what it supports. Pre-releases count as the release.
 */
export function isInRange(version: string, range: string): boolean {
  const given = parse(version);
  return range.split('||').some((part) => {
    const least = parse(part);
    if (compare(given, least) < 0) return false;
    return part.trim().startsWith('>=') || given[0] === least[0];
  });
}

function parse(text: string): Version {
  const [, major, minor, patch] = /(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text) ?? [];
  return [Number(major ?? 0), Number(minor ?? 0), Number(patch ?? 0)];
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
