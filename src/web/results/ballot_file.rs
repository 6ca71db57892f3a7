//! Single ballots on their way to a reader, a part at a time: memory is bounded whatever number is stored.

use std::{
    io::{self, Cursor},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll as Polled},
};

use rocket::{
    futures::{Stream, StreamExt as _, stream},
    tokio::io::{AsyncRead, ReadBuf},
};

use super::result_file::File::{self, BallotsCsv, BallotsJson};
use crate::{
    db::Engine,
    models::{eligibility::Eligibility, poll::Definition, single_ballots},
    scoreboard::Board,
};

/// How many ballots of a profile a part has at most.
const CHUNK: u64 = 2_000;

/// A part of the file, or why there is none: then the answer breaks off, and nobody takes it for whole.
pub struct Chunk(io::Result<Cursor<String>>);

/// The parts of a file of single ballots.
pub fn parts(file: File, board: Arc<Board>, engine: Engine) -> Pin<Box<dyn Stream<Item = Chunk> + Send>> {
    if has_times(&board.definition) {
        Box::pin(
            stream::try_unfold(Place::Start, move |place| in_time(file, board.clone(), engine.clone(), place))
                .map(Chunk::from),
        )
    } else {
        Box::pin(stream::iter(by_marks(file, board)))
    }
}

impl From<io::Result<String>> for Chunk {
    fn from(text: io::Result<String>) -> Self {
        Self(text.map(Cursor::new))
    }
}

/// Where a reader is.
enum Place {
    Start,
    /// After a row, up to a last one.
    After(i64, i64),
}

/// The next part of the ballots with their times.
async fn in_time(file: File, board: Arc<Board>, engine: Engine, place: Place) -> io::Result<Option<(String, Place)>> {
    let failed = |error: String| {
        log::error!("a file of ballots breaks off: {error}");
        io::Error::other(error)
    };
    let mut db = engine.connection().await.map_err(|error| failed(error.to_string()))?;
    let poll_id = board.definition.poll.id;
    let (row, last) = match place {
        Place::Start => {
            let last = single_ballots::last(&mut db, poll_id).await.map_err(|error| failed(error.to_string()))?;
            return Ok(Some((head(file, true).to_owned(), Place::After(0, last))));
        }
        Place::After(row, last) => (row, last),
    };
    let rows = single_ballots::after(&mut db, poll_id, row, last).await.map_err(|error| failed(error.to_string()))?;
    let Some((end, ..)) = rows.last() else { return Ok(None) };
    let next = Place::After(*end, last);
    let line = |(_, cast_at, marks): &single_ballots::SingleBallot| {
        line(file, Some(&cast_at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()), marks)
    };
    Ok(Some((rows.iter().map(line).collect(), next)))
}

/// The ballots sorted by their marks, without a time: from the profile, which knows neither order nor time.
fn by_marks(file: File, board: Arc<Board>) -> impl Iterator<Item = Chunk> {
    let (mut row, mut written) = (0, 0);
    let first = std::iter::once(Ok(head(file, false).to_owned()));
    let rest = std::iter::from_fn(move || {
        let mut text = String::new();
        let mut left = CHUNK;
        while let Some((marks, count)) = board.counted.profile.get(row).filter(|_| left > 0) {
            let now = (count - written).min(left);
            text.extend((0..now).map(|_| line(file, None, marks)));
            left -= now;
            written += now;
            if written == *count {
                (row, written) = (row + 1, 0);
            }
        }
        (!text.is_empty()).then_some(Ok(text))
    });
    first.chain(rest).map(Chunk::from)
}

impl AsyncRead for Chunk {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Polled<io::Result<()>> {
        match &mut self.0 {
            Ok(text) => Pin::new(text).poll_read(cx, buffer),
            Err(error) => Polled::Ready(Err(io::Error::new(error.kind(), error.to_string()))),
        }
    }
}

/// Whether single ballots are written with their times, in order: only where nobody’s credential is kept. In other polls
/// a time, or the place in an order, could tell whose ballot it is.
pub fn has_times(definition: &Definition) -> bool {
    definition.poll.settings.eligibility == Eligibility::Open
}

/// The first line of a table of ballots.
pub fn head(file: File, times: bool) -> &'static str {
    match (file, times) {
        (BallotsCsv, true) => "cast_at,marks\r\n",
        (BallotsCsv, false) => "marks\r\n",
        _ => "",
    }
}

/// The line of a ballot. A blank one has its quotes, so that no reader takes its line for an empty one.
pub fn line(file: File, time: Option<&str>, marks: &str) -> String {
    let quoted = if marks.is_empty() || marks.contains(',') { format!("\"{marks}\"") } else { marks.to_owned() };
    match (file, time) {
        (BallotsJson, Some(time)) => format!("{{\"cast_at\":\"{time}\",\"marks\":\"{marks}\"}}\n"),
        (BallotsJson, None) => format!("{{\"marks\":\"{marks}\"}}\n"),
        (_, Some(time)) => format!("{time},{quoted}\r\n"),
        (_, None) => format!("{quoted}\r\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_ballot() {
        assert_eq!(line(BallotsCsv, None, "a>b"), "a>b\r\n");
        assert_eq!(line(BallotsCsv, Some("T"), "a:1,b:2"), "T,\"a:1,b:2\"\r\n");
        assert_eq!(line(BallotsCsv, None, ""), "\"\"\r\n");
        assert_eq!(line(BallotsJson, None, "a"), "{\"marks\":\"a\"}\n");
    }
}
