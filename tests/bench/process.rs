//! The servers as processes on the first core: starting them, asking them, and what they use.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{app::SECRET, database::TestDatabase, postgres::free_port};

/// A server; killed when dropped.
pub struct Process {
    pub port: u16,
    pub started_in: Duration,
    command: Command,
    child: Child,
}

impl Process {
    /// The release server on `database`, with one poll.
    pub fn server(database: &TestDatabase) -> Self {
        Self::server_with(database, &[])
    }

    /// The same with settings.
    pub fn server_with(database: &TestDatabase, settings: &[(&str, &str)]) -> Self {
        let urna = |args: &[&str]| urna(database, args);
        assert!(urna(&["migrate"]).stdout(Stdio::null()).status().expect("urna runs").success());
        let listed = urna(&["poll", "list"]).output().expect("urna runs").stdout;
        if listed.is_empty() {
            let new = [
                "poll",
                "new",
                "--title",
                "Which cat?",
                "--choice",
                "Gummi",
                "--picture",
                "gummi.svg",
                "--choice",
                "Pita",
                "--picture",
                "pita.svg",
                "--listed",
                "--credential",
                "open",
            ];
            assert!(urna(&new).stdout(Stdio::null()).status().expect("urna runs").success());
        }
        let mut serve = urna(&["serve"]);
        serve.envs(settings.iter().copied());
        Self::start(serve)
    }

    /// The bare Rocket with a page of `size` bytes.
    pub fn reference(size: usize) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("a path"));
        command
            .args(["reference", &size.to_string()])
            .env("ROCKET_SECRET_KEY", SECRET)
            .env("ROCKET_IDENT", "false")
            .env("ROCKET_IP_HEADER", "false");
        Self::start(command)
    }

    fn start(mut command: Command) -> Self {
        let port = free_port();
        command.env("ROCKET_PORT", port.to_string()).env("ROCKET_ADDRESS", "127.0.0.1");
        command.env("ROCKET_WORKERS", "1").env("ROCKET_LOG_LEVEL", "off").env("ROCKET_PROFILE", "production");
        let started = Instant::now();
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut process = Self { port, started_in: Duration::ZERO, command, child };
        process.wait(started);
        process
    }

    fn wait(&mut self, started: Instant) {
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(10), "no answer within 10 seconds");
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(self.get("/").0, 200);
        self.started_in = started.elapsed();
    }

    /// Ends it by SIGTERM, and starts it again.
    pub fn restart(&mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill runs").success());
        assert!(self.child.wait().expect("it ends").success());
        let started = Instant::now();
        self.child = self.command.spawn().expect("it starts");
        self.wait(started);
    }

    /// How many files and connections it has open.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("it runs").count()
    }

    /// A GET: status and body.
    pub fn get(&self, path: &str) -> (u16, String) {
        let answer = self.ask(path);
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
    }

    /// The index's tag, without one the empty text.
    pub fn etag(&self) -> String {
        let answer = self.ask("/");
        let line = answer.lines().find(|line| line.to_lowercase().starts_with("etag: "));
        line.map(|line| line[6..].to_owned()).unwrap_or_default()
    }

    fn ask(&self, path: &str) -> String {
        self.send("GET", path, "", "")
    }

    /// Any request with a cookie and a form: the whole answer.
    pub fn send(&self, method: &str, path: &str, cookie: &str, form: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: {cookie}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        )
        .expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    }

    /// Processor time used so far by the server, and by PostgreSQL's processes.
    pub fn cpu(&self) -> (Duration, Duration) {
        (cpu_of(&format!("/proc/{}", self.child.id())), postgres_cpu())
    }

    /// Resident memory.
    pub fn resident_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a size");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).expect("a size") * 1024
    }

    /// `urna check`: no vote lost, none doubled.
    pub fn check(&self, database: &TestDatabase) {
        assert!(
            urna(database, &["check"]).stdout(Stdio::null()).status().expect("urna runs").success(),
            "urna check found differences"
        );
    }
}

/// The `urna` command on `database`.
pub fn urna(database: &TestDatabase, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_urna"));
    command
        .args(args)
        .env("DATABASE_URL", &database.url)
        .env("SECRET_KEY", SECRET)
        .env("URNA_SQLITE_IN_PRODUCTION", "true")
        // High enough that nobody is refused, so that the limit's own cost is measured.
        .env("URNA_VOTES_AT_ONCE", "4000000000");
    command
}

/// The cookies that an answer sets, as a browser sends them back.
pub fn cookies(answer: &str) -> String {
    let set = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: ").or(line.strip_prefix("Set-Cookie: ")));
    set.filter_map(|cookie| cookie.split(';').next()).collect::<Vec<_>>().join("; ")
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Puts this process, and all that it starts from now on, on the first core.
pub fn pin_to_first_core() {
    let id = std::process::id().to_string();
    assert!(
        Command::new("taskset").args(["-cp", "0", &id]).stdout(Stdio::null()).status().expect("taskset runs").success()
    );
}

/// Fills the featured poll with ballots behind the server's back, its profile and turnout in step.
pub fn load_ballots(database: &TestDatabase, ballots: u64) {
    let numbers = if database.is_sqlite() {
        format!("(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ballots}) SELECT i FROM n)")
    } else {
        format!("generate_series(1, {ballots}) AS n(i)")
    };
    let sql = format!(
        "DELETE FROM ballots; DELETE FROM profile; DELETE FROM turnout;
         INSERT INTO ballots (poll_id, cast_at, marks)
            SELECT 1, '2026-05-03 07:00:00', CASE i % 2 WHEN 0 THEN 'gummi' ELSE 'pita' END FROM {numbers};
         INSERT INTO profile (poll_id, marks, shard, count) SELECT poll_id, marks, 0, count(*) FROM ballots GROUP BY poll_id, marks;
         INSERT INTO turnout (poll_id, shard, ballots) SELECT poll_id, 0, count(*) FROM ballots GROUP BY poll_id;"
    );
    let runtime = rocket::tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(database.execute(&sql));
    if !database.is_sqlite() {
        runtime.block_on(database.execute("VACUUM ANALYZE"));
        runtime.block_on(database.execute("CHECKPOINT"));
    }
}

/// How long the disk under the database takes to make one small write last: the median.
pub fn sync_millis(database: &TestDatabase) -> f64 {
    let file = format!("{}.sync", database.url.trim_start_matches("sqlite:"));
    let mut out = fs::File::create(Path::new(&file)).expect("a file");
    let times = (0..200).map(|_| {
        let started = Instant::now();
        out.write_all(&[0; 4096]).and_then(|()| out.sync_data()).expect("it syncs");
        started.elapsed().as_secs_f64() * 1000.0
    });
    super::median(times.collect())
}

fn cpu_of(proc: &str) -> Duration {
    let stat = fs::read_to_string(format!("{proc}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = fields.get(11..=12).into_iter().flatten().filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Of every process called postgres: this machine has no other while it is measured.
fn postgres_cpu() -> Duration {
    let processes = fs::read_dir("/proc").expect("/proc").flatten().map(|entry| entry.path().display().to_string());
    processes
        .filter(|path| fs::read_to_string(format!("{path}/comm")).is_ok_and(|name| name.trim() == "postgres"))
        .map(|path| cpu_of(&path))
        .sum()
}
