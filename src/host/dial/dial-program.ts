/**
 * What runs inside a pod's network: it connects where it is told to and hands each connection over
 * as a socket, unread. Plain JavaScript, as it is given to a bare node: the program's own chunks
 * would take longer to load than all that this does.
 *
 * It takes `{id, host, port}`, or `{id}` to give that one up, and answers `{id}` with the socket or
 * `{id, code}` with the error's code. It ends with its parent, however that ends.
 */
export const DIAL_PROGRAM = `
const { connect } = require('node:net');
const dials = new Map();
process.on('disconnect', () => process.exit());
process.on('message', ({ id, host, port }) => {
  if (port === undefined) {
    dials.get(id)?.destroy();
    dials.delete(id);
    return;
  }
  const socket = connect({ host, port, allowHalfOpen: true }).pause();
  const answer = (message, socket) => {
    if (dials.delete(id)) process.send(message, socket);
  };
  dials.set(id, socket);
  socket.once('connect', () => answer({ id }, socket));
  socket.on('error', ({ code }) => answer({ id, code }));
});
`;
