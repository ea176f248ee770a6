/**
 * Where each process of the built program begins. The build names the chunks that hold main.ts and
 * the daemon.
 */
import { ChunkLoader } from './chunk-loader.ts';

const loader = new ChunkLoader(__dirname, require);
// The build asks for it once: what this process has compiled, later ones need not compile again.
if (process.env.PROA_KEEP_CODE === '1') process.on('exit', () => loader.keepCode());
const isDaemon = process.argv[2] === 'daemon';
loader.load((isDaemon ? process.env.PROA_DAEMON_CHUNK : process.env.PROA_MAIN_CHUNK) as string);
