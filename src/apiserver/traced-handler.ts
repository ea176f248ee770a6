import type { Tracer } from '../base/tracer.ts';
import type { Handler } from './handler.ts';

/** The same handler, its requests told to `tracer` by who makes them. A watch ends as it begins. */
export function tracedHandler(handler: Handler, tracer: Tracer): Handler {
  if (!tracer.enabled) return handler;
  return async (request) => {
    const { method, path, user, headers } = request;
    const span = tracer.span({ group: 'API', name: user.name }, `${method} ${path}`, {
      client: headers['user-agent'] ?? '',
    });
    const response = await handler(request);
    span.end({ status: response.status });
    return response;
  };
}
