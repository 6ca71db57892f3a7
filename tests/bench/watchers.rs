//! Watchers of live results, thousands in one process on the second core, which behave as browsers do: they read, and ask
//! anew when a stream ends, after the time that the server has named. Told what to do line by line, answers in a line each.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rocket::tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime, spawn,
    task::JoinHandle,
    time::sleep,
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a watcher has seen.
#[derive(Default)]
struct Seen {
    /// When the last state came, in microseconds since 1970; 0 for none since the round began.
    at: AtomicU64,
    /// Its name.
    id: Mutex<String>,
    /// How often the server refused a connection.
    refused: AtomicU64,
    /// Whether a stream is open.
    open: AtomicU64,
}

/// Microseconds since 1970.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    u64::try_from(since.as_micros()).expect("a date before the year 586,524")
}

/// The other process's work: reads orders until its standard input ends.
pub fn serve() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })
        .expect("as many descriptors as it may have");
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    // Orders wait on a thread of their own, so that the watchers go on.
    let watchers = Arc::new(Mutex::new(Vec::<(Arc<Seen>, JoinHandle<()>)>::new()));
    let (send, mut receive) = rocket::tokio::sync::mpsc::unbounded_channel::<String>();
    let all = watchers.clone();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let line = line.expect("a line");
            let seen = || all.lock().expect("no panic").iter().map(|(seen, _)| seen.clone()).collect::<Vec<_>>();
            match line.split(' ').next() {
                Some("round") => {
                    seen().iter().for_each(|seen| seen.at.store(0, Relaxed));
                    println!("begun");
                }
                Some("arrivals") => {
                    let mut at: Vec<u64> =
                        seen().iter().map(|seen| seen.at.load(Relaxed)).filter(|at| *at > 0).collect();
                    at.sort_unstable();
                    let part = |part: usize| at.get((at.len() * part / 100).min(at.len().saturating_sub(1))).copied();
                    let times: Vec<u64> = [0, 50, 99, 100].iter().filter_map(|of| part(*of)).collect();
                    println!("{} {}", at.len(), times.iter().map(u64::to_string).collect::<Vec<_>>().join(" "));
                }
                Some("last") => {
                    let id = line.split(' ').nth(1).unwrap_or_default();
                    println!("{}", seen().iter().filter(|seen| *seen.id.lock().expect("no panic") == id).count());
                }
                Some("open") => {
                    let sum =
                        |of: fn(&Seen) -> &AtomicU64| seen().iter().map(|seen| of(seen).load(Relaxed)).sum::<u64>();
                    println!("{} {}", sum(|seen| &seen.open), sum(|seen| &seen.refused));
                }
                _ => send.send(line).expect("the runtime is there"),
            }
        }
    });
    runtime.block_on(async {
        while let Some(line) = receive.recv().await {
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["watch", port, path, number] => {
                    let (port, number): (u16, usize) =
                        (port.parse().expect("a port"), number.parse().expect("a number"));
                    for n in 0..number {
                        let (seen, path) = (Arc::<Seen>::default(), path.to_owned());
                        let task = spawn(watch(port, path, seen.clone()));
                        watchers.lock().expect("no panic").push((seen, task));
                        // As a crowd comes: a few thousand a second.
                        if n % 50 == 0 {
                            sleep(Duration::from_millis(10)).await;
                        }
                    }
                    println!("asked");
                }
                ["leave"] => {
                    watchers.lock().expect("no panic").drain(..).for_each(|(_, task)| task.abort());
                    println!("left");
                }
                _ => panic!("no order: {line}"),
            }
        }
    });
}

async fn watch(port: u16, path: String, seen: Arc<Seen>) {
    let mut retry = Duration::from_secs(3);
    loop {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await {
            let have = seen.id.lock().expect("no panic").clone();
            let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: {have}\r\n\r\n");
            let mut chunk = vec![0; 4096];
            let mut line = String::new();
            if stream.write_all(request.as_bytes()).await.is_ok() {
                seen.open.store(1, Relaxed);
                let mut has_ended = false;
                while !has_ended && let Ok(read @ 1..) = stream.read(&mut chunk).await {
                    for byte in &chunk[..read] {
                        if *byte != b'\n' {
                            line.push(char::from(*byte));
                            continue;
                        }
                        if let Some(id) = line.strip_prefix("id: ") {
                            seen.at.store(now(), Relaxed);
                            id.clone_into(&mut seen.id.lock().expect("no panic"));
                        } else if let Some(millis) = line.strip_prefix("retry: ") {
                            retry = Duration::from_millis(millis.parse().expect("a number"));
                        }
                        // The last chunk of an answer has no bytes.
                        has_ended = line == "0\r";
                        line.clear();
                    }
                }
                seen.open.store(0, Relaxed);
            }
        } else {
            seen.refused.fetch_add(1, Relaxed);
        }
        sleep(retry).await;
    }
}

/// The process with the watchers.
pub struct Watchers {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Watchers {
    /// So many watchers of a path, spread over the servers on these ports.
    pub fn start(ports: &[u16], path: &str, number: usize) -> Self {
        let mut command = Command::new("taskset");
        command.args(["-c", "1"]).arg(std::env::current_exe().expect("a path")).arg("watchers");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let (orders, answers) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let mut watchers = Self { child, orders, answers: BufReader::new(answers) };
        for port in ports {
            watchers.tell(&format!("watch {port} {path} {}", number / ports.len()));
        }
        watchers
    }

    /// Gives an order, and its answer.
    pub fn tell(&mut self, order: &str) -> String {
        writeln!(self.orders, "{order}").expect("it reads");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("it answers");
        answer.trim().to_owned()
    }

    /// The numbers of an answer.
    pub fn ask(&mut self, order: &str) -> Vec<u64> {
        self.tell(order).split_whitespace().map(|number| number.parse().expect("a number")).collect()
    }
}

impl Drop for Watchers {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
