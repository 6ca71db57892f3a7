//! Slow clients, one or many: they do not block the service.

use std::{
    fs, io,
    net::{Shutdown, SocketAddr, TcpStream},
    process::Command,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread::{scope, sleep},
    time::{Duration, Instant},
};

use crate::helpers::{
    app::PASSWORD,
    database::TestDatabase,
    on_both,
    postgres::free_port,
    server::{Server, Voter, command, create_poll},
};

on_both!(
    slow_clients_are_disconnected_while_others_are_served,
    a_slow_body_stores_nothing,
    slow_large_ballots_keep_no_other_waiting,
    an_unfinished_header_is_bounded_in_time_and_size,
    a_slow_upload_has_its_minute_and_a_strangers_has_not,
    idle_connections_beyond_the_cap_do_not_keep_a_voter_out,
    a_client_that_asks_every_second_stays_connected,
    a_client_that_reads_nothing_is_disconnected,
    a_burst_of_connections_is_answered_whole,
);

const SETTINGS: &[(&str, &str)] = &[("URNA_IDLE_SECONDS", "2"), ("URNA_BODY_SECONDS", "1"), ("URNA_CLIENTS", "50")];
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Twice the idle seconds for one who drips, a second between two looks, and three for a loaded machine.
const DISCONNECTED: Duration = Duration::from_secs(8);

const ADD: &str =
    "POST /add HTTP/1.1\r\nHost: urna\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60\r\n\r\n";

/// What slow clients send at once, and what they send a byte at a time after it.
const SLOW: [(&str, &str, &str); 6] = [
    ("sends nothing", "", ""),
    ("drips the request line", "G", "ET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    (
        "drips headers",
        "GET / HTTP/1.1\r\n",
        "Host: urna\r\nX-A: a\r\nX-B: b\r\nX-C: c\r\nX-D: d\r\nX-E: e\r\nX-F: f\r\nX-G: g\r\n",
    ),
    ("sends no body", ADD, ""),
    ("drips the body", ADD, "vote=gummi&key=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ("keeps an idle connection", "GET / HTTP/1.1\r\nHost: urna\r\n\r\n", ""),
];

async fn slow_clients_are_disconnected_while_others_are_served(database: TestDatabase) {
    create_poll(&database, "slow", &["gummi", "pita"]).await;
    let server = Server::start_with(&database, SETTINGS);
    let over = AtomicBool::new(false);
    let (ends, slowest) = scope(|scope| {
        // Several of each, so that they would fill the workers and the pool.
        let clients: Vec<_> = SLOW
            .iter()
            .cycle()
            .take(5 * SLOW.len())
            .map(|(name, first, rest)| {
                scope.spawn(move || (*name, drip(server.port, first.as_bytes(), rest.as_bytes())))
            })
            .collect();
        let voter = scope.spawn(|| {
            let mut slowest = Duration::ZERO;
            while !over.load(Relaxed) {
                let asked = Instant::now();
                let mut voter = connect(server.port);
                assert_eq!(voter.add("vote=gummi").expect("an answer").status, 303);
                assert_eq!(voter.get("/").expect("a page").status, 200);
                slowest = slowest.max(asked.elapsed());
                sleep(Duration::from_millis(50));
            }
            slowest
        });
        let ends: Vec<_> = clients.into_iter().map(|client| client.join().expect("a client ends")).collect();
        over.store(true, Relaxed);
        (ends, voter.join().expect("the voter is served"))
    });
    println!("a vote and a page took at most {slowest:?}");
    for (name, end) in ends.iter().take(SLOW.len()) {
        println!("a client that {name} was disconnected after {end:?}");
    }
    for (name, end) in ends {
        assert!(end.is_some_and(|after| after < DISCONNECTED), "a client that {name}: {end:?}");
    }
    assert!(slowest < Duration::from_secs(2), "a vote and a page took {slowest:?}");
}

async fn a_slow_body_stores_nothing(database: TestDatabase) {
    create_poll(&database, "body", &["gummi", "pita"]).await;
    let server = Server::start_with(&database, SETTINGS);
    // A whole ballot is in the first bytes, but not the length that was promised.
    for first in ["", "v", "vote=gummi", "vote=gummi&key=abc"] {
        let mut voter = connect(server.port);
        voter.send(format!("{ADD}{first}").as_bytes()).expect("it is sent");
        match voter.reply() {
            Ok(reply) => assert_eq!(reply.status, 408, "{}", reply.body),
            Err(error) => {
                assert_ne!(error.kind(), io::ErrorKind::WouldBlock, "“{first}” was neither answered nor disconnected")
            }
        }
    }
    assert_eq!(database.number("SELECT count(*) FROM ballots").await, 0);
}

async fn slow_large_ballots_keep_no_other_waiting(database: TestDatabase) {
    create_poll(&database, "large", &["gummi", "pita"]).await;
    raise_own_limit();
    let server = Server::start(&database);
    let large = |length: usize, sent: usize| {
        let more = "m".repeat(sent - "vote=gummi&more=".len());
        format!(
            "POST /add HTTP/1.1\r\nHost: urna\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\n\r\nvote=gummi&more={more}"
        )
    };
    // Each has promised more than it sends, and begun on the part that counts as large.
    let _slow: Vec<Voter> = (0..200)
        .map(|n| {
            let mut voter = connect(server.port);
            let sent = if n % 2 == 0 { 17 * 1024 } else { 60 * 1024 };
            voter.send(large(100 * 1024, sent).as_bytes()).expect("it is sent");
            voter
        })
        .collect();
    sleep(Duration::from_millis(500));
    for size in [20 * 1024, 160 * 1024] {
        let asked = Instant::now();
        let mut voter = connect(server.port);
        voter.send(large(size, size).as_bytes()).expect("it is sent");
        assert_eq!(voter.reply().expect("an answer").status, 303);
        println!("a ballot of {size} bytes beside 200 slow ones took {:?}", asked.elapsed());
        assert!(asked.elapsed() < Duration::from_secs(2), "{size}: {:?}", asked.elapsed());
    }
}

async fn an_unfinished_header_is_bounded_in_time_and_size(database: TestDatabase) {
    create_poll(&database, "header", &["gummi", "pita"]).await;
    // With the times that Urna ships with.
    let server = Server::start(&database);
    let started = Instant::now();
    let begin = |bytes: usize| {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).expect("a connection");
        let header = format!("GET / HTTP/1.1\r\nHost: urna\r\nX-Long: {}", "x".repeat(bytes));
        io::Write::write_all(&mut stream, header.as_bytes()).expect("it is sent");
        stream
    };
    let mut small: Vec<TcpStream> = (0..5).map(|_| begin(100)).collect();
    let _large: Vec<TcpStream> = (0..5).map(|_| begin(200 * 1024)).collect();
    // A busy server accepts them a moment later.
    while connections(&server) < 10 && started.elapsed() < Duration::from_secs(3) {
        sleep(Duration::from_millis(5));
    }
    let mut large_gone = None;
    while connections(&server) > 0 && started.elapsed() < Duration::from_secs(25) {
        sleep(Duration::from_millis(500));
        // Who drips on is not quiet, and waits for nothing that comes.
        small.iter_mut().for_each(|stream| drop(io::Write::write_all(stream, b"x")));
        if connections(&server) <= 5 && large_gone.is_none() {
            large_gone = Some(started.elapsed());
        }
        assert_eq!(connect(server.port).get("/").expect("a page").status, 200);
    }
    println!("large headers were gone after {large_gone:?}, all after {:?}", started.elapsed());
    assert!(large_gone.is_some_and(|after| after < Duration::from_secs(9)), "{large_gone:?}");
    // 15 seconds, two rounds of the watch, and what a busy machine adds.
    assert!(started.elapsed() < Duration::from_secs(22), "{:?}", started.elapsed());
}

/// A picture from a slow phone: longer than any answer takes, within its minute.
async fn a_slow_upload_has_its_minute_and_a_strangers_has_not(database: TestDatabase) {
    create_poll(&database, "picture", &["gummi", "pita"]).await;
    crate::organiser::account::with_password(&database, &["organiser", "new", "ada", "--name", "Ada"], PASSWORD);
    database.execute("UPDATE polls SET organiser_id = (SELECT id FROM organisers)").await;
    // Twice the idle seconds is when others are cut.
    let server = Server::start_with(&database, &[("URNA_IDLE_SECONDS", "2")]);
    let mut voter = connect(server.port);
    let sign_in = format!("uid=ada&password={PASSWORD}");
    let head = |path: &str, kind: &str, length: usize, cookie: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: urna\r\nCookie: {cookie}\r\nContent-Type: {kind}\r\n\
             Content-Length: {length}\r\n\r\n"
        )
    };
    let kind = "application/x-www-form-urlencoded";
    voter.send(format!("{}{sign_in}", head("/session", kind, sign_in.len(), "")).as_bytes()).expect("it is sent");
    let signed_in = voter.reply().expect("an answer");
    let cookies = signed_in.head.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    let cookie: Vec<&str> = cookies.filter_map(|cookie| cookie.split(';').next()).collect();
    let cookie = cookie.join("; ");
    assert!(cookie.contains("session"), "{}", signed_in.head);
    let mut picture = io::Cursor::new(Vec::new());
    // Pixels that no file makes small.
    let noise = |x: u32, y: u32| image::Rgb([0, 1, 2].map(|n| ((x * 7919 + y * 104_729 + n) % 251) as u8));
    image::RgbImage::from_fn(120, 80, noise).write_to(&mut picture, image::ImageFormat::Png).expect("a picture");
    let mut body = b"--b\r\nContent-Disposition: form-data; name=\"alt\"\r\n\r\nA cat\r\n--b\r\nContent-Disposition: \
        form-data; name=\"picture\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n"
        .to_vec();
    body.extend(picture.into_inner());
    body.extend(b"\r\n--b--\r\n");
    let path = "/polls/picture/choices/gummi/picture";
    let upload = |cookie: &str| {
        let mut voter = connect(server.port);
        voter.send(head(path, "multipart/form-data; boundary=b", body.len(), cookie).as_bytes()).expect("it is sent");
        for part in body.chunks(body.len().div_ceil(12)) {
            sleep(Duration::from_secs(1));
            voter.send(part)?;
        }
        voter.reply().map(|reply| reply.status)
    };
    let (theirs, strangers) = scope(|scope| {
        let (theirs, strangers) = (scope.spawn(|| upload(&cookie)), scope.spawn(|| upload("")));
        (theirs.join().expect("an end"), strangers.join().expect("an end"))
    });
    assert_eq!(theirs.expect("an answer"), 303);
    assert!(!matches!(strangers, Ok(status) if status < 400), "{strangers:?}");
    assert_eq!(database.number("SELECT count(*) FROM pictures").await, 1);
}

async fn idle_connections_beyond_the_cap_do_not_keep_a_voter_out(database: TestDatabase) {
    create_poll(&database, "cap", &["gummi", "pita"]).await;
    // A long timeout, so that only the cap disconnects anyone.
    let server = Server::start_with(&database, &[("URNA_IDLE_SECONDS", "600"), ("URNA_CLIENTS", "50")]);
    // The kernel's clock ticks every few milliseconds, and who came first must show.
    let mut longest = connect(server.port);
    sleep(Duration::from_millis(50));
    let _first: Vec<Voter> = (0..149).map(|_| connect(server.port)).collect();
    sleep(Duration::from_millis(50));
    let mut last: Vec<Voter> = (0..40).map(|_| connect(server.port)).collect();
    let asked = Instant::now();
    let mut voter = connect(server.port);
    assert_eq!(voter.add("vote=gummi").expect("an answer").status, 303);
    assert_eq!(voter.get("/").expect("a page").tally(), [1, 0]);
    println!("with 190 idle connections a vote and a page took {:?}", asked.elapsed());
    sleep(Duration::from_secs(3));
    let connected = connections(&server);
    assert!((1..=50).contains(&connected), "{connected} clients are connected, the cap is 50");
    assert_eq!(voter.get("/").expect("the voter was the last to be answered").status, 200);
    assert_eq!(last[39].get("/").expect("a page for the last to come").status, 200);
    assert!(longest.get("/").is_err(), "the longest idle one is still connected");
}

async fn a_client_that_asks_every_second_stays_connected(database: TestDatabase) {
    create_poll(&database, "steady", &["gummi", "pita"]).await;
    let server = Server::start_with(&database, SETTINGS);
    let mut voter = connect(server.port);
    for second in 0..8 {
        let page = voter.get("/").unwrap_or_else(|error| panic!("disconnected after {second} seconds: {error}"));
        assert_eq!(page.status, 200);
        sleep(Duration::from_secs(1));
    }
}

async fn a_client_that_reads_nothing_is_disconnected(database: TestDatabase) {
    create_poll(&database, "deaf", &["gummi", "pita"]).await;
    let server = Server::start_with(&database, SETTINGS);
    let mut deaf = TcpStream::connect(("127.0.0.1", server.port)).expect("a connection");
    deaf.set_write_timeout(Some(Duration::from_millis(500))).expect("a timeout");
    let requests = "GET / HTTP/1.1\r\nHost: urna\r\n\r\n".repeat(1000);
    // Until the server waits for the client, and so no longer reads from it.
    let full = (0..1000).any(|_| io::Write::write_all(&mut deaf, requests.as_bytes()).is_err());
    assert!(full, "the server takes requests without end");
    let started = Instant::now();
    while connections(&server) > 0 && started.elapsed() < ANSWER_TIMEOUT {
        sleep(Duration::from_millis(50));
    }
    println!("a client that reads nothing was disconnected after {:?}", started.elapsed());
    assert!(started.elapsed() < DISCONNECTED, "it is still connected");
}

async fn a_burst_of_connections_is_answered_whole(database: TestDatabase) {
    const BURST: usize = 1000;
    create_poll(&database, "burst", &["gummi", "pita"]).await;
    raise_own_limit();
    let port = free_port();
    // The server raises its limit of descriptors itself.
    let urna = command(&database);
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -Sn 200 && exec \"$0\" serve"]).arg(urna.get_program()).env_clear();
    limited.envs(urna.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("PORT", port.to_string());
    let server = Server::spawn(&mut limited, port);
    // While it is stopped nobody is accepted, and all wait in the backlog.
    signal(&server, "STOP");
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let connections = (0..BURST).map_while(|_| TcpStream::connect_timeout(&address, Duration::from_millis(900)).ok());
    let mut voters: Vec<Voter> =
        connections.map(|stream| Voter::on(stream, ANSWER_TIMEOUT).expect("a voter")).collect();
    signal(&server, "CONT");
    let started = Instant::now();
    for voter in &mut voters {
        voter.send(b"GET / HTTP/1.1\r\nHost: urna\r\n\r\n").expect("it is sent");
    }
    for voter in &mut voters {
        assert_eq!(voter.reply().expect("an answer").status, 200);
    }
    println!("{} at once were answered within {:?}", voters.len(), started.elapsed());
    assert_eq!(voters.len(), BURST, "only so many found room in the backlog");
}

/// Sends the first part at once and a byte of the rest every 200 ms: after how long the server hung up.
fn drip(port: u16, first: &[u8], rest: &[u8]) -> Option<Duration> {
    use std::io::{Read as _, Write as _};
    let started = Instant::now();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_millis(200))).ok()?;
    stream.write_all(first).ok()?;
    let mut rest = rest.iter();
    let mut answer = [0; 65536];
    while started.elapsed() < ANSWER_TIMEOUT {
        match stream.read(&mut answer) {
            Ok(0) => return Some(started.elapsed()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return Some(started.elapsed()),
        }
        if let Some(byte) = rest.next()
            && stream.write_all(&[*byte]).is_err()
        {
            return Some(started.elapsed());
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
    None
}

fn connect(port: u16) -> Voter {
    Voter::connect(port, ANSWER_TIMEOUT).expect("a connection")
}

/// How many clients' connections the server has open, as the kernel lists them.
fn connections(server: &Server) -> usize {
    let table = fs::read_to_string("/proc/net/tcp").expect("the kernel's table");
    let port = format!(":{:04X}", server.port);
    let is_open = |line: &&str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        // The listener has the state 0A, and a socket that no process holds any more has no inode.
        fields.len() > 9 && fields[1].ends_with(&port) && fields[3] != "0A" && fields[9] != "0"
    };
    table.lines().filter(is_open).count()
}

fn signal(server: &Server, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &server.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
}

/// Best effort: many systems allow a process 1,024 descriptors until it asks for more.
fn raise_own_limit() {
    let _ = Command::new("prlimit").args(["--pid", &std::process::id().to_string(), "--nofile=4096:"]).status();
}
