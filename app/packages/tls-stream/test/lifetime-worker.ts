/** Opens a stream in a worker thread, which is still open when the thread ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { TlsContext, type TlsContextOptions } from '../src/index.ts';
import { Reader, Rig } from './rig.ts';

const { port, options } = workerData as { port: number; options: TlsContextOptions };
const stream = await new Rig().client(port, { context: new TlsContext(options) });
const reader = new Reader(stream);
stream.write(Buffer.from('echo'));
parentPort!.postMessage((await reader.until(4)).toString());
