//! The test cases of the STAR Voting Library: JSON with rows of ballots, the method, the seats and the lots.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Election, FormatError, ReadOptions,
    json_text::{parsed, string},
    remarks, rows,
    source::{Source, short},
};
use crate::count::Method;

#[derive(Deserialize)]
struct Case<'t> {
    #[serde(borrow)]
    ballots: &'t RawValue,
    voting_method: Option<&'t RawValue>,
    num_winners: Option<usize>,
    lot_numbers: Option<Vec<String>>,
}

/// Reads a case. A given `method` overrides the method of the case.
pub(super) fn read(text: &str, method: Option<Method>, options: ReadOptions) -> Result<Election, FormatError> {
    let source = Source(text);
    let case: Case<'_> = parsed(text)?;
    let own = case.voting_method.map(|name| own_method(source, name));
    let method = match (method, own) {
        (Some(method), _) => method,
        (None, Some(own)) => own?,
        (None, None) => Method::Star,
    };
    let ballots = string(source, case.ballots)?;
    let mut election = rows::read(&ballots, Some(method), options).map_err(|error| {
        let what = format!("In line {} of the ballots: {}", error.line, error.what);
        source.error(case.ballots.get(), what)
    })?;
    election.method = Some(method);
    let seats = remarks::seats(case.num_winners.unwrap_or(1));
    election.seats = Some(seats.ok_or_else(|| source.error_at(0, "“num_winners” is no number of seats."))?);
    if let Some(names) = case.lot_numbers {
        let labels = election.labels();
        let position = |name: &String| labels.iter().position(|label| label == name);
        // Choices that the case does not name come last, in the order of the ballot.
        let mut order: Vec<usize> = Vec::new();
        for choice in names.iter().filter_map(position).chain(0..labels.len()) {
            if !order.contains(&choice) {
                order.push(choice);
            }
        }
        election.lots = Some(order);
    }
    Ok(election)
}

/// The method with this name in the library.
fn own_method(source: Source<'_>, name: &RawValue) -> Result<Method, FormatError> {
    let word = string(source, name)?;
    Ok(match word.to_lowercase().replace([' ', '-'], "_").as_str() {
        "star" | "bloc_star" => Method::Star,
        "rankedrobin" | "ranked_robin" => Method::Copeland,
        "irv" | "rcv_irv" => Method::Irv,
        "stv" => Method::Stv,
        "range" | "score" => Method::Score,
        "approval" | "approval_multi_winner" => Method::Approval,
        "plurality" => Method::Plurality,
        _ => {
            let what = format!("“{}” is no method that is counted here. Name another.", short(&word));
            return Err(source.error(name.get(), what));
        }
    })
}
