//! The server as a process of its own: what can be killed, stopped and spoken to over a socket.

use std::{
    io::Read as _,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{app::SECRET, database::TestDatabase, postgres::free_port};

/// A running `urna serve`. Dropped, it is killed.
pub struct Server {
    pub port: u16,
    child: Child,
}

impl Server {
    /// Starts a server of the production profile on a migrated `database` and waits until it answers.
    pub fn start(database: &TestDatabase) -> Server {
        Self::start_on(database, free_port())
    }

    /// The same on a given port.
    pub fn start_on(database: &TestDatabase, port: u16) -> Server {
        let child = command(database).args(["serve"]).env("PORT", port.to_string()).stdout(Stdio::null()).spawn().expect("it starts");
        let mut server = Server { port, child };
        let started = Instant::now();
        while status_of(&server.url("/healthz")).is_none() {
            assert!(server.child.try_wait().expect("a status").is_none(), "the server ended while it started");
            assert!(started.elapsed() < Duration::from_secs(10), "the server did not answer within 10 seconds");
            thread::sleep(Duration::from_millis(5));
        }
        server
    }

    /// The address of a page.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, and how it ended in how long.
    pub fn terminate(&mut self) -> (ExitStatus, Duration) {
        let started = Instant::now();
        let sent = Command::new("kill").args(["-TERM", &self.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        (self.child.wait().expect("it ends"), started.elapsed())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The `urna` command with a production environment on `database` and nothing else of ours in it.
pub fn command(database: &TestDatabase) -> Command {
    let mut command = bare_command();
    command
        .env("ROCKET_PROFILE", "production")
        .env("DATABASE_URL", &database.url)
        .env("SECRET_KEY", SECRET)
        .env("URNA_SQLITE_IN_PRODUCTION", "true")
        .env("ROCKET_ADDRESS", "127.0.0.1");
    command
}

/// The `urna` command in an empty folder with an empty environment.
pub fn bare_command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_urna"));
    command.env_clear().current_dir(std::env::temp_dir()).stdin(Stdio::null());
    command
}

/// Runs a command to its end: exit status, standard output, standard error.
pub fn output(command: &mut Command) -> (i32, String, String) {
    let out = command.output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (out.status.code().unwrap_or(-1), text(out.stdout), text(out.stderr))
}

/// The status that a GET gives, by a plain socket.
fn status_of(url: &str) -> Option<u16> {
    use std::io::Write as _;
    let (host, path) = url.trim_start_matches("http://").split_once('/')?;
    let mut stream = std::net::TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}
