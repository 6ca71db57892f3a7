//! Load by wrk, on the second core: keep-alive connections that each wait for their answer.

use std::{env, io::Write as _, process::Command};

use crate::process::Process;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// The index.
    Get,
    /// The index, by who has it.
    NotModified,
    /// A vote.
    Post,
    /// Nine pages to a vote.
    Mixed,
}

/// One round.
pub struct Sample {
    pub per_second: f64,
    /// Milliseconds.
    pub p50: f64,
    /// Milliseconds.
    pub p99: f64,
    /// The server's processor time per request.
    pub cpu_micros: f64,
    /// With PostgreSQL's.
    pub cpu_with_database_micros: f64,
}

impl Work {
    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET /",
            Self::NotModified => "GET / with its ETag",
            Self::Post => "POST /add",
            Self::Mixed => "90 % GET, 10 % POST",
        }
    }

    /// How many of these a second the server must answer for each that the bare Rocket answers.
    pub fn bar(self, engine: &str) -> f64 {
        match self {
            Self::Get => 0.8,
            Self::NotModified => 0.85,
            Self::Post if engine == "SQLite" => 0.6,
            Self::Post => 0.5,
            Self::Mixed => 0.65,
        }
    }

    /// wrk's script: the requests, and one line of results.
    fn script(self, etag: &str) -> String {
        let post =
            r#"wrk.format("POST", "/add", {["Content-Type"] = "application/x-www-form-urlencoded"}, votes[n % 2 + 1])"#;
        let request = match self {
            Self::Get => r#"return wrk.format("GET", "/")"#.into(),
            Self::NotModified => format!(r#"return wrk.format("GET", "/", {{["If-None-Match"] = '{etag}'}})"#),
            Self::Post => format!("return {post}"),
            Self::Mixed => format!(r#"if n % 10 == 0 then return {post} else return wrk.format("GET", "/") end"#),
        };
        format!(
            r#"
            local n, votes = 0, {{"vote=gummi", "vote=pita"}}
            function request() n = n + 1; {request} end
            {DONE}
            "#
        )
    }
}

/// The end of each script: one line of results.
const DONE: &str = r#"
    function done(summary, latency)
        local e = summary.errors
        print(string.format("RESULT %d %d %f %f %d", summary.requests, summary.duration,
            latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
    end
"#;

/// How many rounds of each.
pub fn rounds() -> usize {
    setting("BENCH_ROUNDS", 5)
}

fn setting(name: &str, default: usize) -> usize {
    env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// One round of `work` on a server.
pub fn run(process: &Process, work: Work, etag: &str, connections: usize) -> Sample {
    let (server, database) = process.cpu();
    let [requests, micros, p50, p99, errors] = wrk(process, work, etag, connections);
    let (server_after, database_after) = process.cpu();
    assert_eq!(errors, 0.0, "{work:?}: {errors} requests failed");
    let per_request = |from: std::time::Duration, to: std::time::Duration| (to - from).as_secs_f64() * 1e6 / requests;
    let cpu_micros = per_request(server, server_after);
    Sample {
        per_second: requests / (micros / 1e6),
        p50: p50 / 1000.0,
        p99: p99 / 1000.0,
        cpu_micros,
        cpu_with_database_micros: cpu_micros + per_request(database, database_after),
    }
}

/// Votes on two servers at once, 32 connections each: how many a second together.
pub fn run_both(one: &Process, two: &Process) -> f64 {
    std::thread::scope(|scope| {
        let other = scope.spawn(|| wrk(two, Work::Post, "", 32));
        let ([a, a_time, ..], [b, b_time, ..]) = (wrk(one, Work::Post, "", 32), other.join().expect("wrk runs"));
        a / (a_time / 1e6) + b / (b_time / 1e6)
    })
}

/// One second of votes, each line of `votes` (a cookie, a tab, a form) sent once: votes a second.
pub fn run_votes(process: &Process, votes: &str) -> f64 {
    let mut lines = tempfile::NamedTempFile::new().expect("a file");
    lines.write_all(votes.as_bytes()).expect("it is written");
    let script = format!(
        r#"
        local votes, n = {{}}, 0
        for line in io.lines("{}") do
            local cookie, body = line:match("^(.-)\t(.*)$")
            votes[#votes + 1] = wrk.format("POST", "/add", {{["Content-Type"] = "application/x-www-form-urlencoded", ["Cookie"] = cookie}}, body)
        end
        function request() n = n + 1; return votes[(n - 1) % #votes + 1] end
        {DONE}
        "#,
        lines.path().display()
    );
    let [requests, micros, _, _, errors] = wrk_with(process, &script, 64, 1);
    assert_eq!(errors, 0.0, "{errors} votes failed");
    assert!(requests <= votes.lines().count() as f64, "there were fewer votes ready than were sent");
    requests / (micros / 1e6)
}

/// Requests, microseconds, p50 and p99 in microseconds, errors.
fn wrk(process: &Process, work: Work, etag: &str, connections: usize) -> [f64; 5] {
    wrk_with(process, &work.script(etag), connections, setting("BENCH_SECONDS", 2))
}

fn wrk_with(process: &Process, lua: &str, connections: usize, seconds: usize) -> [f64; 5] {
    let mut script = tempfile::NamedTempFile::with_suffix(".lua").expect("a file");
    script.write_all(lua.as_bytes()).expect("it is written");
    let out = Command::new("taskset")
        .args(["-c", "1", "wrk", "-t1", &format!("-c{connections}"), &format!("-d{seconds}s"), "-s"])
        .arg(script.path())
        .arg(format!("http://127.0.0.1:{}", process.port))
        .output()
        .expect("wrk is installed (Debian's package wrk)");
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let line = text.lines().find_map(|line| line.strip_prefix("RESULT ")).unwrap_or_else(|| panic!("wrk: {text}"));
    let numbers: Vec<f64> = line.split(' ').map(|number| number.parse().expect("a number")).collect();
    numbers.try_into().expect("five numbers")
}
