/** Words that people use in place of a random secret. None of them adds much entropy. */
export const COMMON_WORDS: readonly string[] = `
  secret secrets key keys password passwd passphrase session sessions cookie cookies token tokens jwt auth
  oauth login
  sign signed signing signature encrypt encrypted encryption crypto cipher hash salt hmac seal sealed iron
  private public shared master
  my our your his her their this that these those it its the is are am be was will has have had do does can
  could should would must may
  an and or so but not no nor if then else for from of in on to at by with without as into out over under
  than
  me we us you he she they who what when where which why how here there now never always only just also
  still even yet too
  some any all one two three four eight ten sixteen thirty sixty every each nobody somebody anybody
  everybody anyone someone
  everyone nothing something anything everything thing
  please put set get give got use using used make made take keep kept store stored change changed replace
  replaced insert enter
  goes go come need want like love hate know known knows think tell told say said let see look find
  generate generated generator create created random randomly unique complex complicated simple easy hard
  very really quite extra super mega ultra much more most enough long longer longest short big large small
  strong strongest weak
  good better best great bad fine nice cool new old own real true false sure
  secure security insecure safe safety hidden confidential protected unguessable guessable guess top high
  low entropy
  string text value word words phrase sentence char chars character characters letter letters number numbers
  digit digits byte bytes
  bit bits length least minimum min max
  dev develop development developer local localhost staging stage prod production test tests testing tester
  debug qa example examples
  sample samples demo dummy fake mock default defaults temp temporary tmp placeholder purpose purposes todo
  fixme override
  foo bar baz qux quux foobar xyz null nan none nil undefined infinity empty blank object promise
  app apps application project web website site page server service backend frontend client user users admin
  administrator root guest
  account company acme corp system config configuration env environment variable api code source
  node nodejs nest nestjs express fastify koa hapi next nextauth nuxt react vue angular svelte rails ruby
  laravel symfony django flask
  python php java spring javascript typescript docker kubernetes github google amazon database redis mongo
  postgres mysql
  hello world hi dear welcome letmein open sesame monkey dragon ninja shadow sunshine princess iloveyou
  football baseball superman
  batman starwars cat cats dog dogs mouse keyboard coffee pizza unicorn rainbow quick brown fox jumps jumped
  lazy
  first second third version id
  geheim geheimes geheimnis passwort bitte mein dein sehr lang sicher fuer die der das
  secreto secreta clave contrasena segredo senha chave motdepasse
`
  .trim()
  .split(/\s+/);

/** Sequences that people type: the alphabet, the digits, rows and columns of keyboards, and two of these mixed. */
export const COMMON_WALKS: readonly string[] = `
  abcdefghijklmnopqrstuvwxyzab 012345678901 147258369 789456123
  qwertyuiop[] asdfghjkl;' zxcvbnm,./ qwertzuiop yxcvbnm,.- azertyuiop qsdfghjklm wxcvbn !@#$%^&*()_+
  1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/ qazwsxedcrfvtgbyhnujmikolp
  1q2w3e4r5t6y7u8i9o0p q1w2e3r4t5y6u7i8o9p0 a1b2c3d4e5f6g7h8i9j0
`
  .trim()
  .split(/\s+/);
