import { createHmac } from 'node:crypto';
import { post } from '../bytes.ts';
import { accepted, type Row, rejected, row, to } from '../row.ts';

const secret = 'tell nobody';
const missing = rejected(403, 'signature_missing');
const invalid = rejected(403, 'signature_invalid');

const hex = (text: string, algorithm = 'sha256', key = secret) =>
  createHmac(algorithm, key).update(text).digest('hex');
const good = hex('{}');

/** A request with the body `{}` and these headers to a webhook of the scheme. */
const signed =
  (
    signatureScheme: 'hmac' | 'github' | 'stripe' | 'none',
    more: { enabled?: boolean; signatureHeader?: string } = {},
  ) =>
  (name: string, lines: () => readonly string[], ...answers: Row['answers']): Row =>
    to(
      { secret, signatureScheme, ...more },
      row(`${signatureScheme}: ${name}`, (target) => post(target, '{}', ...lines()), ...answers),
    );

const hmac = signed('hmac');
const named = signed('hmac', { signatureHeader: 'x-mine' });
const github = signed('github');
const stripe = signed('stripe');
const disabled = signed('github', { enabled: false });

const usual = 'X-Webhook-Signature';
const hub = 'X-Hub-Signature-256';
const now = () => Math.floor(Date.now() / 1000);
const stripeHex = (time: number, text = '{}') => hex(`${time}.${text}`);

export const signatures: readonly Row[] = [
  hmac('right', () => [`${usual}: ${good}`], accepted()),
  hmac('right, in upper case', () => [`${usual}: ${good.toUpperCase()}`], accepted()),
  hmac('right, with its algorithm', () => [`${usual}: sha256=${good}`], accepted()),
  hmac('missing', () => [], missing),
  hmac('empty', () => [`${usual}:`], missing),
  hmac('empty after its algorithm', () => [`${usual}: sha256=`], invalid),
  hmac('wrong', () => [`${usual}: ${hex('[]')}`], invalid),
  hmac('of another secret', () => [`${usual}: ${hex('{}', 'sha256', 'guess')}`], invalid),
  hmac('of an empty secret', () => [`${usual}: ${hex('{}', 'sha256', '')}`], invalid),
  hmac('twice, right both times', () => [`${usual}: ${good}`, `${usual}: ${good}`], invalid),
  hmac('twice, wrong and right', () => [`${usual}: ${hex('[]')}`, `${usual}: ${good}`], invalid),
  hmac('one digit short', () => [`${usual}: ${good.slice(1)}`], invalid),
  hmac('one digit too many', () => [`${usual}: ${good}0`], invalid),
  hmac('not hexadecimal', () => [`${usual}: ${'z'.repeat(64)}`], invalid),
  hmac('in base64', () => [`${usual}: ${Buffer.from(good, 'hex').toString('base64')}`], accepted()),
  hmac('with the prefix 0x', () => [`${usual}: 0x${good}`], invalid),
  hmac('of 10,000 digits', () => [`${usual}: ${'0'.repeat(10_000)}`], invalid),
  hmac('non-ASCII', () => [`${usual}: ${'\xe9'.repeat(64)}`], invalid),
  hmac('of SHA-1', () => [`${usual}: sha1=${hex('{}', 'sha1')}`], accepted()),
  hmac('of SHA-512', () => [`${usual}: sha512=${hex('{}', 'sha512')}`], accepted()),
  hmac('of SHA-1, declared as SHA-256', () => [`${usual}: sha256=${hex('{}', 'sha1')}`], invalid),
  hmac('of SHA-256, declared as SHA-512', () => [`${usual}: sha512=${good}`], invalid),
  hmac('of MD5', () => [`${usual}: ${hex('{}', 'md5')}`], invalid),
  hmac('with its algorithm twice', () => [`${usual}: sha256=sha256=${good}`], invalid),
  hmac(
    'right in the second header, wrong in the first',
    () => [`${usual}: ${good}`, `${hub}: ${hex('[]')}`],
    invalid,
  ),
  hmac('a name with an underscore', () => [`X_Webhook_Signature: ${good}`], missing),
  named('right in the configured header', () => [`x-mine: ${good}`], accepted()),
  named('right in a usual header, but another one is configured', () => [`${usual}: ${good}`], missing),
  github('right', () => [`${hub}: sha256=${good}`], accepted()),
  github('missing', () => [], missing),
  github('only the old header', () => [`X-Hub-Signature: sha1=${hex('{}', 'sha1')}`], missing),
  github('without its algorithm', () => [`${hub}: ${good}`], invalid),
  github('with its algorithm in upper case', () => [`${hub}: SHA256=${good}`], invalid),
  github('of SHA-1', () => [`${hub}: sha1=${hex('{}', 'sha1')}`], invalid),
  github('twice', () => [`${hub}: sha256=${good}`, `${hub}: sha256=${good}`], invalid),
  github('empty', () => [`${hub}:`], missing),
  github(
    'a huge delivery id',
    () => [`${hub}: sha256=${good}`, `X-GitHub-Delivery: ${'d'.repeat(5_000)}`],
    accepted(),
  ),
  stripe('right', () => [`Stripe-Signature: t=${now()},v1=${stripeHex(now())}`], accepted()),
  stripe(
    'two, the second right',
    () => [`Stripe-Signature: t=${now()},v1=${hex('[]')},v1=${stripeHex(now())}`],
    accepted(),
  ),
  stripe('missing', () => [], missing),
  stripe('of the body alone', () => [`Stripe-Signature: t=${now()},v1=${good}`], invalid),
  stripe('too old', () => [`Stripe-Signature: t=${now() - 400},v1=${stripeHex(now() - 400)}`], invalid),
  stripe(
    'from the future',
    () => [`Stripe-Signature: t=${now() + 400},v1=${stripeHex(now() + 400)}`],
    invalid,
  ),
  stripe(
    'two times',
    () => [`Stripe-Signature: t=${now() - 400},t=${now()},v1=${stripeHex(now() - 400)}`],
    invalid,
  ),
  stripe(
    'in two headers, two times',
    () => [`Stripe-Signature: t=${now()}`, `Stripe-Signature: t=1,v1=${stripeHex(1)}`],
    invalid,
  ),
  stripe('a time in hexadecimal', () => [`Stripe-Signature: t=0x10,v1=${hex('0x10.{}')}`], invalid),
  stripe('a negative time', () => [`Stripe-Signature: t=-1,v1=${hex('-1.{}')}`], invalid),
  stripe('a time of 400 digits', () => [`Stripe-Signature: t=${'9'.repeat(400)},v1=${good}`], invalid),
  stripe('only v0', () => [`Stripe-Signature: t=${now()},v0=${stripeHex(now())}`], invalid),
  stripe('nonsense', () => ['Stripe-Signature: ,,==,t'], invalid),
  stripe(
    'a thousand wrong',
    () => [`Stripe-Signature: t=${now()}${`,v1=${'0'.repeat(8)}`.repeat(1_000)}`],
    invalid,
  ),
  disabled('missing, to a disabled webhook', () => [], missing),
  disabled('wrong, to a disabled webhook', () => [`${hub}: sha256=${hex('[]')}`], invalid),
  disabled(
    'right, to a disabled webhook',
    () => [`${hub}: sha256=${good}`],
    rejected(410, 'webhook_disabled'),
  ),
  signed('none')('anything', () => [`${usual}: wrong`], accepted()),
];
