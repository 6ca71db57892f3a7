//! A watcher on a plain socket: reads server-sent events as they come.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use super::app::tally_of;

/// A stream of events.
pub struct Stream {
    socket: BufReader<TcpStream>,
    /// What was received and not read yet.
    bytes: Vec<u8>,
    /// The head of the answer.
    pub head: String,
}

/// An event: its fields, empty where it has none.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Event {
    pub id: String,
    pub name: String,
    pub data: String,
    pub retry: String,
    /// A comment, which keeps the line open.
    pub is_comment: bool,
}

impl Event {
    /// The numbers in its tally; none where it has none.
    pub fn tally(&self) -> Vec<u64> {
        if self.data.contains("<tr data-place") { tally_of(&self.data) } else { Vec::new() }
    }
}

impl Stream {
    /// Asks for a stream, with more header lines, each with its line break.
    pub fn open(port: u16, path: &str, headers: &str) -> Self {
        let mut socket = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
        socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        write!(socket, "GET {path} HTTP/1.1\r\nHost: urna\r\n{headers}\r\n").expect("it is sent");
        let mut stream = Self { socket: BufReader::new(socket), bytes: Vec::new(), head: String::new() };
        while !stream.head.ends_with("\r\n\r\n") {
            assert!(stream.socket.read_line(&mut stream.head).expect("a head") > 0, "no answer");
        }
        stream
    }

    /// The stream of a poll, which must begin with `retry`.
    pub fn of(port: u16, slug: &str) -> Self {
        let mut stream = Self::open(port, &format!("/polls/{slug}/events"), "");
        assert!(stream.head.starts_with("HTTP/1.1 200 "), "{}", stream.head);
        assert!(!stream.next(Duration::from_secs(5)).expect("a first event").retry.is_empty());
        stream
    }

    /// The next event or comment; `None` where the stream ends or nothing comes in this time.
    pub fn next(&mut self, within: Duration) -> Option<Event> {
        let end = Instant::now() + within;
        loop {
            if let Some(end) = self.bytes.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = self.bytes.drain(..end + 2).collect();
                return Some(parsed(std::str::from_utf8(&event[..end]).expect("UTF-8")));
            }
            let left = end.checked_duration_since(Instant::now())?;
            self.socket.get_ref().set_read_timeout(Some(left.max(Duration::from_millis(1)))).expect("a timeout");
            let mut size = String::new();
            self.socket.read_line(&mut size).ok()?;
            let size = usize::from_str_radix(size.trim(), 16).ok().filter(|size| *size > 0)?;
            let mut chunk = vec![0; size + 2];
            self.socket.read_exact(&mut chunk).ok()?;
            self.bytes.extend(&chunk[..size]);
        }
    }

    /// The next state, comments left out.
    pub fn state(&mut self, within: Duration) -> Option<Event> {
        let end = Instant::now() + within;
        loop {
            let event = self.next(end.checked_duration_since(Instant::now())?)?;
            if !event.is_comment {
                return Some(event);
            }
        }
    }

    /// The first state with this tally.
    pub fn tally(&mut self, tally: &[u64]) -> Event {
        let mut seen = Vec::new();
        while let Some(state) = self.state(Duration::from_secs(8)) {
            if state.tally() == tally {
                return state;
            }
            seen.push(state.tally());
        }
        panic!("no {tally:?}, but {seen:?}");
    }

    /// Whether the server has ended it within this time.
    pub fn ends(&mut self, within: Duration) -> bool {
        let began = Instant::now();
        while let Some(event) = self.next(within.saturating_sub(began.elapsed())) {
            assert!(event.is_comment || !event.retry.is_empty(), "{event:?}");
        }
        began.elapsed() < within
    }
}

fn parsed(text: &str) -> Event {
    let mut event = Event::default();
    for line in text.lines() {
        match line.split_once(':').map(|(field, value)| (field, value.strip_prefix(' ').unwrap_or(value))) {
            Some(("", _)) => event.is_comment = true,
            Some(("id", value)) => event.id = value.into(),
            Some(("event", value)) => event.name = value.into(),
            Some(("retry", value)) => event.retry = value.into(),
            Some(("data", value)) => event.data += &format!("{value}\n"),
            other => panic!("no field of an event: {other:?}"),
        }
    }
    event
}
