/**
 * Where each process of the built program begins. The build names the chunk that holds main.ts.
 */
import { ChunkLoader } from './chunk-loader.ts';

const loader = new ChunkLoader(__dirname, require);
// The build asks for it once: what this process has compiled, later ones need not compile again.
if (process.env.PROA_KEEP_CODE === '1') process.on('exit', () => loader.keepCode());
loader.load(process.env.PROA_MAIN_CHUNK as string);
