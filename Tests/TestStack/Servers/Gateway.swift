import Foundation

/// nginx in front of a ``Stack``, with the configuration that the product itself uses.
package enum Gateway {
    /// Starts nginx on a port and waits until it hands requests on.
    package static func start(_ stack: Stack, port: Int) async throws -> ChildProcess {
        let nginx = try Programs.installed("nginx", package: "nginx")
        let folder = try TemporaryFolders.make("gateway")
        let shared = "\(Programs.packageFolder)/compose/nginx"
        func address(_ service: ServiceProcess) -> String { "127.0.0.1:\(service.port)" }
        let edges = stack.edges.map { "server \(address($0));" }.joined(separator: " ")
        let configuration = """
            daemon off;
            worker_processes 1;
            pid \(folder)/nginx.pid;
            error_log stderr crit;
            events { worker_connections 1024; }
            http {
                client_body_temp_path \(folder)/body;
                proxy_temp_path \(folder)/proxy;
                fastcgi_temp_path \(folder)/fastcgi;
                uwsgi_temp_path \(folder)/uwsgi;
                scgi_temp_path \(folder)/scgi;
                upstream ws_edges { \(edges) }
                map "" $edges { default ws_edges; }
                map "" $message_router { default \(address(stack.router)); }
                map "" $presence { default \(address(stack.presence)); }
                map "" $history { default \(address(stack.history)); }
                include \(shared)/gateway.conf;
                access_log /dev/stdout gateway;
                server {
                    listen 127.0.0.1:\(port);
                    include \(shared)/routes.conf;
                }
            }
            """
        try configuration.write(toFile: "\(folder)/nginx.conf", atomically: false, encoding: .utf8)
        let launch = ChildProcess.Launch(nginx, ["-c", "\(folder)/nginx.conf", "-p", folder, "-e", "stderr"])
        let child = try await ChildProcess.start("nginx", launch, log: "\(folder)/nginx.log")
        try await eventually("the gateway hands requests on\n\(child.log)", within: .seconds(10)) {
            if child.exitCode != nil { throw TestStackError(.process, "nginx ended\n\(child.tail())") }
            let answer = try? await HTTPClient.get("http://127.0.0.1:\(port)/v1/conversations", within: .seconds(2))
            return answer?.status == 401
        }
        return child
    }
}
