// A gateway without sticky sessions at its worst: each request goes to another server than the one before.

import http from "node:http";

export class RoundRobin {
  /** Starts one on a free port, in front of these servers. */
  static async start(servers) {
    const proxy = new RoundRobin(servers.map((server) => new URL(server)));
    await new Promise((resolve) => proxy.server.listen(0, "127.0.0.1", resolve));
    proxy.url = `http://127.0.0.1:${proxy.server.address().port}`;
    return proxy;
  }

  constructor(servers) {
    this.servers = servers;
    this.next = 0;
    this.open = new Set();
    this.server = http.createServer((request, response) => this.pass(request, response));
  }

  pass(request, response) {
    const target = this.servers[this.next++ % this.servers.length];
    const passed = http.request(
      { host: target.hostname, port: target.port, method: request.method, path: request.url, headers: request.headers, agent: false },
      (answer) => {
        response.writeHead(answer.statusCode, answer.rawHeaders);
        answer.pipe(response);
        answer.on("aborted", () => response.destroy());
      });
    passed.on("error", () => response.destroy());
    response.on("close", () => {
      this.open.delete(response);
      passed.destroy();
    });
    this.open.add(response);
    request.pipe(passed);
  }

  /** Breaks all connections that are open. */
  cut() { for (const response of this.open) response.destroy(); }

  stop() {
    this.cut();
    this.server.close();
  }
}
