/** How far a machine is that gets a new identity by itself, and what it lacks, in words. */
import type { ProvisioningStep } from '../tunnel/tunnel-state.ts';
import { askForHelp, type CauseWords } from './format-cause.ts';
import type { StatusDocument } from './status-document.ts';

/** What it does at each step. */
export const stepWords: Readonly<Record<ProvisioningStep, string>> = {
  waiting: 'waiting for another service of this machine',
  group: 'reading the credentials of its group',
  server: 'looking for a provisioning server',
  signing: 'proving that it is a member of its group',
  answer: 'waiting for the answer of the provisioning server',
  storing: 'storing the new identity',
};

/** For the person at the host of a card. `problem` is written for its operator, who reads it among the details. */
export function describeProvisioning({
  provisioning,
  link,
}: Pick<StatusDocument, 'provisioning' | 'link'>): CauseWords {
  const { step, problem } = provisioning!;
  const isOperator = link.type === 'tun';
  const subject = isOperator ? 'This machine' : 'The card';
  const now = step === null ? 'waiting for the next try' : stepWords[step];
  const explanation = `${subject} gets its identity by itself: it is ${now}.`;
  if (problem === null) return { explanation, nextStep: '' };
  if (isOperator) return { explanation: `${explanation} The last try: ${problem}.`, nextStep: '' };
  const help = askForHelp('It gets no identity. The reason is under Details.', 'If this stays');
  return {
    explanation: `${explanation} The last try failed.`,
    nextStep: `Check that the host has a network, or that the WiFi of the card works. ${help}`,
  };
}
