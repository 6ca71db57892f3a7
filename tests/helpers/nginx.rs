//! A real nginx before a server.

use std::{
    fs,
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::{postgres::free_port, server::Server, skips::skip};

/// An nginx with two ports for a server: one passes `Host` on, one hides it. Dropped, it is killed.
pub struct Nginx {
    child: Child,
    _folder: tempfile::TempDir,
    pub passing: u16,
    pub hiding: u16,
}

impl Nginx {
    /// Starts one; `None`, with a line that says so, where no nginx is there.
    pub fn start(server: &Server) -> Option<Nginx> {
        let program = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"];
        let Some(program) = program.into_iter().find(|path| fs::exists(path).unwrap_or(false)) else {
            skip("nginx is not there (Debian's package nginx-light)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let (passing, hiding) = (free_port(), free_port());
        let at = folder.path().display();
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let temporary: String = temporary.map(|name| format!("{name}_temp_path {at}/{name};\n")).concat();
        let listen = |port: u16, host: &str| {
            format!(
                "server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{}; \
                 proxy_http_version 1.1; proxy_set_header Connection \"\"; {host} }} }}\n",
                server.port
            )
        };
        let conf = format!(
            "daemon off;\nmaster_process off;\npid {at}/pid;\nerror_log {at}/error.log;\nevents {{ }}\n\
             http {{\naccess_log off;\n{temporary}{}{}}}\n",
            listen(passing, "proxy_set_header Host $http_host;"),
            listen(hiding, ""),
        );
        fs::write(folder.path().join("nginx.conf"), conf).unwrap();
        let mut command = Command::new(program);
        command.arg("-e").arg(folder.path().join("error.log")).arg("-c").arg(folder.path().join("nginx.conf"));
        let child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let nginx = Nginx { child, _folder: folder, passing, hiding };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", nginx.hiding)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(10), "nginx does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
