/** What `--iam-misbehave` makes of the identity service: answers that a client must survive. */

export const faultHelp = `\
  401, 403, 409, 500  answer with this status, and an explanation as JSON
  html                answer with status 500 and a page of HTML
  truncated           cut the JSON of a good answer in half
  endless             send an answer that never ends
  silent              never answer
  redirect            redirect to another address
  upgrade             switch to another protocol (status 101)
  untrusted           use a certificate that no authority has issued
`;

export const faultKinds = [
  '401',
  '403',
  '409',
  '500',
  'html',
  'truncated',
  'endless',
  'silent',
  'redirect',
  'upgrade',
  'untrusted',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export type Call = 'login' | 'register';

export interface IamFault {
  readonly call: Call;
  readonly kind: FaultKind;
}

/** `KIND` is a fault of the registration, `login:KIND` one of the login. Undefined for anything else. */
export function parseIamFault(text: string): IamFault | undefined {
  const [, login, word] = /^(login:)?(.+)$/.exec(text) ?? [];
  const kind = faultKinds.find((known) => known === word);
  return kind && { call: login === undefined ? 'register' : 'login', kind };
}
