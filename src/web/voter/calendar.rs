//! The end of a poll for calendars: a file with one event (iCalendar, RFC 5545).

use chrono::NaiveDateTime;
use std::sync::Arc;

use rocket::{
    State, get,
    http::{ContentType, Status},
};

use super::polls;
use crate::{
    models::{self, poll::Poll},
    scoreboard::Scoreboard,
    web::http::{
        error::Error,
        reply::{Caching, Reply},
        site::Site,
    },
};

/// The most bytes of a line; a longer one goes on in the next line after a space (section 3.1).
const LINE: usize = 75;

#[get("/polls/<slug>/closing.ics")]
pub async fn closing(slug: &str, scoreboard: &State<Arc<Scoreboard>>, site: Site) -> Result<Reply, Error> {
    let board = polls::find(scoreboard, slug).await?.board;
    let poll = &board.definition.poll;
    if poll.draft {
        return Err(polls::moved_or_missing(scoreboard, slug).await);
    }
    let Some(end) = poll.settings.closes_at else {
        return Err(Error::plain(
            Status::NotFound,
            "This poll has no closing time.",
            "It stays open until its organiser closes it.",
        ));
    };
    let file = event(poll, end, &site.link(&format!("/polls/{}", poll.slug)));
    Ok(Reply::new(ContentType::Calendar, file).caching(Caching::Asked).hidden(!poll.settings.listed))
}

/// The event, with an alarm a day before.
fn event(poll: &Poll, end: NaiveDateTime, link: &str) -> String {
    let stamp = |moment: NaiveDateTime| moment.format("%Y%m%dT%H%M%SZ").to_string();
    let title = &poll.settings.title;
    let lines = [
        "BEGIN:VCALENDAR".into(),
        "VERSION:2.0".into(),
        "PRODID:-//Urna//Urna//EN".into(),
        "BEGIN:VEVENT".into(),
        format!("UID:{}-{}@urna", poll.id, stamp(poll.created_at)),
        format!("SEQUENCE:{}", poll.revision),
        format!("DTSTAMP:{}", stamp(models::now())),
        format!("DTSTART:{}", stamp(end)),
        format!("SUMMARY:{}", escaped(&format!("Last moment to vote: {title}"))),
        format!("DESCRIPTION:{}", escaped(link)),
        format!("URL:{link}"),
        "BEGIN:VALARM".into(),
        "ACTION:DISPLAY".into(),
        format!("DESCRIPTION:{}", escaped(title)),
        "TRIGGER:-P1D".into(),
        "END:VALARM".into(),
        "END:VEVENT".into(),
        "END:VCALENDAR".into(),
    ];
    lines.iter().map(|line| folded(line)).collect()
}

/// A text as the value of a property (section 3.3.11).
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

/// A line with its end, folded between characters.
fn folded(line: &str) -> String {
    let (mut text, mut length) = (String::with_capacity(line.len() + 2), 0);
    for character in line.chars() {
        if length + character.len_utf8() > LINE {
            text.push_str("\r\n ");
            length = 1;
        }
        text.push(character);
        length += character.len_utf8();
    }
    text + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_folded_between_characters() {
        let line = format!("SUMMARY:{}", "ü".repeat(200));
        let text = folded(&line);
        assert!(text.ends_with("\r\n") && text.matches("\r\n ").count() == 5, "{text}");
        assert!(text.split("\r\n").all(|part| part.len() <= LINE), "{text}");
        assert_eq!(text.replace("\r\n ", ""), format!("{line}\r\n"));
        assert_eq!(folded("END:VEVENT"), "END:VEVENT\r\n");
        assert_eq!(folded(&"x".repeat(LINE)), format!("{}\r\n", "x".repeat(LINE)));
    }

    #[test]
    fn what_has_a_meaning_in_calendars_is_escaped() {
        assert_eq!(escaped("Tea; coffee, or\\and\nwater?"), "Tea\\; coffee\\, or\\\\and\\nwater?");
    }
}
