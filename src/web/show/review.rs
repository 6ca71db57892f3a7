//! The page on which a ballot is reviewed before it is cast, or sent again: its marks in words.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ballot::{score_written, unmarked};
use crate::{
    marks::{self, Kind, Marks},
    models::poll::Definition,
    text::ordinal,
};

/// `polls/review.html`: a ballot that is reviewed before it is cast, or sent again after an outage.
#[derive(Serialize)]
pub struct ReviewBallot<'a> {
    title: &'static str,
    /// Why the ballot is shown again; nothing before it was sent.
    error: Option<&'static str>,
    poll_title: &'a str,
    slug: &'a str,
    address: String,
    revision: i64,
    kind: Kind,
    marks: &'a str,
    key: Option<&'a str>,
    code: Option<&'a str>,
    lines: Vec<Line<'a>>,
    /// The choices without a mark, where the page lists them.
    rest: Vec<&'a str>,
    /// What they are.
    unmarked: &'static str,
}

/// What is marked alike.
#[derive(Serialize)]
struct Line<'a> {
    /// The rank or the score; empty where the kind has neither.
    mark: String,
    labels: Vec<&'a str>,
}

impl<'a> ReviewBallot<'a> {
    /// What these marks say, in words.
    pub fn new(
        definition: &'a Definition,
        address: String,
        marks: &'a Marks,
        key: Option<&'a str>,
        code: Option<&'a str>,
    ) -> Self {
        let poll = &definition.poll;
        let kind = poll.settings.marking().form().kind;
        let read: BTreeMap<&str, u32> = marks::read(kind, marks.as_str()).flatten().collect();
        let mut marked: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
        let mut rest = Vec::new();
        for choice in &definition.choices {
            match read.get(choice.key.as_str()) {
                Some(mark) => marked.entry(*mark).or_default().push(&choice.label),
                None => rest.push(choice.label.as_str()),
            }
        }
        let line = |(mark, labels)| Line {
            mark: match kind {
                Kind::Pick | Kind::Approval => String::new(),
                Kind::Ranking => ordinal(mark),
                Kind::Score => score_written(poll, mark),
            },
            labels,
        };
        let mut lines: Vec<_> = marked.into_iter().map(line).collect();
        // The best comes first.
        if kind == Kind::Score {
            lines.reverse();
        }
        let lists_rest = matches!(kind, Kind::Ranking | Kind::Score) && !read.is_empty();
        Self {
            title: "Check your vote",
            error: None,
            poll_title: &poll.settings.title,
            slug: &poll.slug,
            address,
            revision: poll.revision,
            kind,
            marks: marks.as_str(),
            key,
            code,
            lines,
            rest: rest.into_iter().filter(|_| lists_rest).collect(),
            unmarked: unmarked(poll),
        }
    }

    /// The same for a ballot that was sent and could not be stored or confirmed.
    pub fn again(self, why: &'static str) -> Self {
        Self { title: "Send your vote again", error: Some(why), ..self }
    }
}
