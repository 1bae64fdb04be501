/**
 * Floods the card from its host's interface, as fast as one process can, and says how many frames it sent: at least a
 * thousand for each second, however long they take.
 *
 *   host-flood.ts INTERFACE KIND SECONDS [SEED]     KIND: rs, ns, echo, dhcpv6 or malformed
 */
import { openEthernet } from 'tuntap2';
import { randomFrom } from '../fuzz/mutate.ts';
import {
  malformed,
  question,
  questionKinds,
  randomSender,
  type QuestionKind,
} from '../harness/host-frames.ts';

const different = 8192;
/** Between two looks at the clock. */
const stride = 64;
const leastPerSecond = 1000;

const [name = '', kind = '', seconds = '10', seed = '1'] = process.argv.slice(2);
const random = randomFrom(Number(seed));
const isQuestion = (text: string): text is QuestionKind =>
  (questionKinds as readonly string[]).includes(text);
const frames = Array.from({ length: different }, () =>
  isQuestion(kind) ? question(kind, randomSender(random), random(1 << 24)) : malformed(random),
);

const device = openEthernet({ name });
const start = performance.now();
const end = start + Number(seconds) * 1000;
let sent = 0;
let refused = 0;
while (performance.now() < end || sent < leastPerSecond * Number(seconds)) {
  for (let i = 0; i < stride; i++) {
    if (device.sendFrame(frames[(sent + refused) % different]!)) sent++;
    else refused++;
  }
}
device.close();
console.log(JSON.stringify({ sent, refused, seconds: (performance.now() - start) / 1000 }));
