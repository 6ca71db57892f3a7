//! The server as a process of its own, which can be killed, stopped and asked over a socket.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead as _, BufReader, Read as _, Seek as _, Write as _},
    net::TcpStream,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use urna::{
    db::Engine,
    models::{new_poll::NewPoll, poll::Poll, profile},
    start,
};

use super::{
    app::{SECRET, config_for, new_poll, tally_of},
    database::TestDatabase,
    postgres::free_port,
};

/// A running `urna serve`. Dropped, it is killed.
pub struct Server {
    pub port: u16,
    child: Child,
    log: File,
}

impl Server {
    /// Starts a server of the production profile on a migrated `database` and waits until it answers.
    pub fn start(database: &TestDatabase) -> Server {
        Self::start_on(database, free_port())
    }

    /// The same on a given port.
    pub fn start_on(database: &TestDatabase, port: u16) -> Server {
        Self::spawn(command(database).args(["serve"]).env("PORT", port.to_string()), port)
    }

    /// The same with settings, such as `("URNA_CLIENTS", "50")`.
    pub fn start_with(database: &TestDatabase, settings: &[(&str, &str)]) -> Server {
        let port = free_port();
        Self::spawn(
            command(database).args(["serve"]).env("PORT", port.to_string()).envs(settings.iter().copied()),
            port,
        )
    }

    /// Runs a command that serves on `port` and waits until it answers.
    pub fn spawn(command: &mut Command, port: u16) -> Server {
        let log = tempfile::tempfile().expect("a temporary file");
        let handle = || log.try_clone().expect("a handle");
        let child = command.stdout(handle()).stderr(handle()).spawn().expect("it starts");
        let mut server = Server { port, child, log };
        let started = Instant::now();
        while status_of(&server.url("/healthz")).is_none() {
            assert!(server.child.try_wait().expect("a status").is_none(), "the server ended: {}", server.log());
            assert!(started.elapsed() < Duration::from_secs(10), "no answer within 10 seconds: {}", server.log());
            thread::sleep(Duration::from_millis(5));
        }
        server
    }

    /// The address of a page.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// A client with a connection of its own.
    pub fn voter(&self) -> Voter {
        Voter::connect(self.port, Duration::from_secs(10)).expect("a connection")
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written to standard output and standard error.
    pub fn log(&self) -> String {
        let mut text = String::new();
        let mut file = self.log.try_clone().expect("a handle");
        file.rewind().and_then(|()| file.read_to_string(&mut text)).expect("it is read");
        text
    }

    /// Waits until it has written these words.
    pub fn wait_for(&self, words: &str) {
        let started = Instant::now();
        while !self.log().contains(words) {
            assert!(started.elapsed() < Duration::from_secs(10), "no “{words}” in: {}", self.log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, and how it ended in how long.
    pub fn terminate(&mut self) -> (ExitStatus, Duration) {
        self.signal("TERM")
    }

    /// The same with any signal.
    pub fn signal(&mut self, name: &str) -> (ExitStatus, Duration) {
        let started = Instant::now();
        let sent =
            Command::new("kill").args([&format!("-{name}"), &self.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        (self.child.wait().expect("it ends"), started.elapsed())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            println!("the log of the server on port {}: {}", self.port, self.log());
        }
    }
}

/// Migrates the database and creates an open poll with these choices, before any server starts.
pub async fn create_poll(database: &TestDatabase, slug: &str, keys: &[&str]) -> Poll {
    create(database, &new_poll(slug, keys)).await
}

/// The same with any poll.
pub async fn create(database: &TestDatabase, poll: &NewPoll) -> Poll {
    let config = config_for(database, &[]);
    start::migrate(&config).await.expect("the migrations run");
    let engine = Engine::open(&config.database, 1, Duration::from_secs(5)).expect("the pool opens");
    Poll::create(&mut engine.connection().await.expect("a connection"), poll).await.expect("the poll is created")
}

/// The ballots of a poll in the database, counted one by one: how many bear which marks.
pub async fn stored(database: &TestDatabase, poll: &Poll) -> BTreeMap<String, u64> {
    let engine = Engine::open(&config_for(database, &[]).database, 1, Duration::from_secs(5)).expect("the pool opens");
    let mut db = engine.connection().await.expect("a connection");
    profile::recount(&mut db, poll.id).await.expect("a recount").into_iter().collect()
}

/// `urna check`, which must find nothing.
pub fn assert_checks(database: &TestDatabase) {
    let (status, stdout, differences) = output(command(database).arg("check"));
    assert_eq!(status, 0, "{stdout}{differences}");
}

/// The `urna` command with a production environment on `database` and nothing else of ours in it.
pub fn command(database: &TestDatabase) -> Command {
    let mut command = bare_command();
    command
        .env("ROCKET_PROFILE", "production")
        .env("DATABASE_URL", &database.url)
        .env("SECRET_KEY", SECRET)
        .env("URNA_SQLITE_IN_PRODUCTION", "true")
        // Crowds of voters come from one address here.
        .env("URNA_VOTES_AT_ONCE", "0")
        .env("ROCKET_ADDRESS", "127.0.0.1");
    command
}

/// The `urna` command in an empty folder with an empty environment.
pub fn bare_command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_urna"));
    command.env_clear().current_dir(std::env::temp_dir()).stdin(Stdio::null());
    command
}

/// Runs a command to its end: exit status, standard output, standard error. A command that does not end is killed after
/// 30 seconds.
pub fn output(command: &mut Command) -> (i32, String, String) {
    let file = || tempfile::tempfile().expect("a temporary file");
    let (mut out, mut err) = (file(), file());
    let handle = |file: &File| file.try_clone().expect("a handle");
    let mut child = command.stdout(handle(&out)).stderr(handle(&err)).spawn().expect("it runs");
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a status") {
            break status;
        }
        if started.elapsed() > Duration::from_secs(30) {
            let _ = child.kill();
        }
        thread::sleep(Duration::from_millis(5));
    };
    let read = |file: &mut File| {
        let mut text = String::new();
        file.rewind().and_then(|()| file.read_to_string(&mut text)).expect("UTF-8");
        text
    };
    (status.code().unwrap_or(-1), read(&mut out), read(&mut err))
}

/// A client with one connection on a plain socket, so that a test notices when it breaks.
pub struct Voter(BufReader<TcpStream>);

/// The answer to a [`Voter`].
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Reply {
    /// The numbers in the tally's table, in the order of the choices.
    pub fn tally(&self) -> Vec<u64> {
        tally_of(&self.body)
    }
}

impl Voter {
    /// Connects; an answer that takes longer than `timeout` is an error of kind `WouldBlock`.
    pub fn connect(port: u16, timeout: Duration) -> io::Result<Voter> {
        Self::on(TcpStream::connect(("127.0.0.1", port))?, timeout)
    }

    /// Uses an open connection.
    pub fn on(stream: TcpStream, timeout: Duration) -> io::Result<Voter> {
        stream.set_read_timeout(Some(timeout))?;
        stream.set_nodelay(true)?;
        Ok(Voter(BufReader::new(stream)))
    }

    /// A GET.
    pub fn get(&mut self, path: &str) -> io::Result<Reply> {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: urna\r\n\r\n").as_bytes())?;
        self.reply()
    }

    /// `POST /add` with a form.
    pub fn add(&mut self, form: &str) -> io::Result<Reply> {
        self.send_vote(form)?;
        self.reply()
    }

    /// The same, its answer left for later.
    pub fn send_vote(&mut self, form: &str) -> io::Result<()> {
        self.send(
            format!(
                "POST /add HTTP/1.1\r\nHost: urna\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: {}\r\n\r\n{form}",
                form.len()
            )
            .as_bytes(),
        )
    }

    /// Bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    /// The next answer, whole.
    pub fn reply(&mut self) -> io::Result<Reply> {
        let mut reply = self.head()?;
        let length =
            reply.head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        self.0.read_exact(&mut body)?;
        reply.body = String::from_utf8(body).map_err(|_| io::ErrorKind::InvalidData)?;
        Ok(reply)
    }

    /// The next answer without its body, as to HEAD.
    pub fn head(&mut self) -> io::Result<Reply> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        Ok(Reply { status, head, body: String::new() })
    }
}

/// The status that a GET gives, by a plain socket.
fn status_of(url: &str) -> Option<u16> {
    let (host, path) = url.trim_start_matches("http://").split_once('/')?;
    let mut stream = TcpStream::connect(host).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}
