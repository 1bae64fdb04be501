/** A process that runs only for its device: closes it at the first packet, or throws there (`throw`). */
import { openTun } from '../../src/index.ts';
import { ip } from './network.ts';

const device = openTun({ name: 'run%d' });
device.start({
  onReadable: () => {
    if (process.argv[2] === 'throw') throw new TypeError('thrown in onReadable');
    device.close();
    console.log('closed');
  },
  onError: (error) => console.log(String(error)),
});
console.log('started');
process.on('exit', () => console.log('exit'));
// The kernel greets the routers, which is the first packet.
ip('link', 'set', device.name, 'up');
