//! The results' page: who sees it, and what it shows for each family of methods.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use rocket::{http::Status, tokio::time::sleep};
use urna::{
    count::Method,
    marks::Kind,
    models::{self, ballot, marking::Marking, poll::Poll, visibility::Visibility},
};

use crate::helpers::{
    app::{App, WithSettings as _, new_poll},
    database::TestDatabase,
    on_both,
    votes::{CITIES, poll_by, tennessee},
};

on_both!(
    every_method_has_a_page,
    a_tally_says_what_its_numbers_are,
    rounds_tell_where_votes_went,
    a_right_to_left_label_turns_no_sentence_around,
    duels_differ_by_more_than_colour,
    a_tie_is_level_while_open_and_by_lot_at_the_end,
    rounds_name_no_leader_where_choices_are_level,
    bars_of_a_scoring_round_are_of_the_highest_total,
    seats_are_all_named,
    lots_are_committed_to_and_drawn_again,
    what_a_clock_that_was_ahead_has_shown_is_remembered,
    clocks_that_differ_by_a_moment_make_no_seed_known,
    a_poll_that_closes_in_time_keeps_its_secret_until_then,
    other_methods_are_compared_where_the_organiser_allows_it,
    large_outcomes_leave_out_what_no_page_holds,
    nothing_to_count_is_said,
    a_count_that_lags_says_of_which_moment_it_is,
    a_withheld_result_says_why_and_how_it_will_be_counted,
    a_lot_on_the_way_is_shown_with_the_result,
    labels_are_text,
);

/// A poll of the cities by this method, with a ballot for each voter.
async fn cities(app: &App, method: Method) -> Poll {
    let poll = app.create(&poll_by(method, &CITIES)).await;
    app.cast_marks(&poll, &tennessee(method.kind())).await;
    poll
}

async fn close(app: &App, poll: &Poll) {
    poll.close(&mut app.db().await, None).await.unwrap();
}

/// The text of a page without its tags, each run of white space one space.
fn text(page: &str) -> String {
    let mut text = String::new();
    for part in page.split('<') {
        // A cell is a word of its own.
        text.push_str(if part.starts_with("td") || part.starts_with("th") { " " } else { "" });
        text.push_str(part.split_once('>').map_or(part, |(_, text)| text));
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn page(app: &App, slug: &str) -> String {
    let page = app.get(&format!("/polls/{slug}/results")).await;
    assert_eq!(page.status, Status::Ok, "{}", page.body);
    page.body
}

async fn every_method_has_a_page(database: TestDatabase) {
    let app = App::start(database).await;
    for method in Method::ALL {
        let poll = cities(&app, method).await;
        let winner = match method {
            Method::Plurality | Method::Approval => "memphis",
            Method::Irv | Method::Stv | Method::StvMeek => "knoxville",
            _ => "nashville",
        };
        for (closed, verb) in [(false, "leads"), (true, "wins")] {
            if closed {
                close(&app, &poll).await;
            }
            let page = page(&app, method.as_str()).await;
            let shown = text(&page);
            assert!(shown.contains(&format!("{winner} {verb}")), "{method:?}: {shown}");
            assert!(shown.contains(method.label()) && shown.contains("100 votes"), "{method:?}: {shown}");
            let tally = text(&app.get(&format!("/polls/{}", method.as_str())).await.body);
            assert!(tally.contains(&format!("{winner} {verb}")) && tally.contains("How the votes"), "{tally}");
        }
    }
}

async fn a_tally_says_what_its_numbers_are(database: TestDatabase) {
    let app = App::start(database).await;
    for (method, heading, shares) in [
        (Method::Plurality, "Votes", true),
        (Method::Approval, "Approvals", true),
        (Method::Score, "Points", false),
        (Method::Irv, "Votes", true),
        (Method::Stv, "Votes", false),
        (Method::Star, "Votes", true),
        (Method::Schulze, "Higher", false),
        (Method::MajorityJudgment, "Median grade", false),
    ] {
        cities(&app, method).await;
        for address in [format!("/polls/{}", method.as_str()), format!("/polls/{}/results", method.as_str())] {
            let page = app.get(&address).await.body;
            assert!(page.contains(&format!("<th scope=\"col\">{heading}</th>")), "{method:?}: {page}");
            assert_eq!(page.contains("<th scope=\"col\">Share</th>"), shares, "{method:?}");
            assert_eq!(page.contains("%</td>"), shares, "{method:?}");
        }
    }
    // Nashville against Chattanooga, Knoxville and Memphis, as they are ranked.
    let page = app.get("/polls/schulze").await;
    assert!(text(&page.body).contains("nashville against Higher Lower chattanooga won 68 32"), "{}", text(&page.body));
    let widths: Vec<&str> =
        page.body.split("<rect width=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(widths, ["680", "680", "580"]);
    // Grades are in the words of the ballot.
    for address in ["/polls/majority-judgment", "/polls/majority-judgment/results"] {
        let page = app.get(address).await.body;
        assert!(text(&page).contains("with the median grade “Acceptable”"), "{page}");
        assert!(page.contains("<td class=\"count\">Acceptable</td>"), "{page}");
    }
    assert!(app.get("/polls/majority-judgment/results").await.body.contains("<th scope=\"col\">Excellent</th>"));
    // 42 × 2 + 26 × 5 + 32 × 2 of 500 points.
    let page = app.get("/polls/score").await;
    assert!(page.body.contains("<td class=\"count\">278</td>") && page.body.contains("<rect width=\"556\""));
}

async fn rounds_tell_where_votes_went(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = app.create(&poll_by(Method::Irv, &CITIES)).await;
    app.cast_marks(&poll, &tennessee(Kind::Ranking)[..2]).await;
    app.cast_marks(&poll, &[("chattanooga", 15), ("knoxville>chattanooga", 17)]).await;
    let body = page(&app, "irv").await;
    let shown = text(&body);
    assert!(shown.contains("nashville 26 26 26") || shown.contains("nashville 26 26"), "{shown}");
    // Chattanooga is out first, and its 15 ballots name nobody else.
    assert!(shown.contains("chattanooga 15 out"), "{shown}");
    assert!(shown.contains("Ran out of choices 0 15 +15"), "{shown}");
    assert!(shown.contains("32 ran out of choices"), "{shown}");
    let picture = body.split("<ol class=\"flow\"").nth(1).unwrap().split("</ol>").next().unwrap();
    // A strip and its ribbons for each of the first two rounds, a strip for the last.
    assert_eq!((picture.matches("class=\"strip\"").count(), picture.matches("class=\"ribbons\"").count()), (3, 2));
    assert!(text(picture).contains("chattanooga has the fewest votes and is eliminated."), "{picture}");
    assert!(picture.contains("<path class=\"c3\"") && !picture.contains("=\"-"), "{picture}");
    assert!(!body.contains("style="), "{body}");
}

async fn a_right_to_left_label_turns_no_sentence_around(database: TestDatabase) {
    let app = App::start(database).await;
    let mut new = poll_by(Method::Irv, &["late", "noon", "tea"]);
    new.choices[0].label = "20:30 בערב".into();
    let poll = app.create(&new).await;
    app.cast_marks(&poll, &[("late>noon", 1), ("noon", 3), ("tea", 3)]).await;
    let body = page(&app, "irv").await;
    assert!(body.contains("\u{2068}20:30 בערב\u{2069} has the fewest"), "{body}");
    // A label that leads stands alone in its element; a sentence takes the direction of the page.
    assert!(!body.contains("<bdi>\u{2068}") && body.contains("<bdi>20:30 בערב</bdi>"), "{body}");
}

async fn duels_differ_by_more_than_colour(database: TestDatabase) {
    let app = App::start(database).await;
    cities(&app, Method::Schulze).await;
    let body = page(&app, "schulze").await;
    let matrix = body.split("<table class=\"grid matrix\">").nth(1).unwrap().split("</table>").next().unwrap();
    let shown = text(matrix);
    // The winner's row comes first and wins against all.
    assert!(shown.contains("1 nashville itself 68 wins 68 wins 58 wins"), "{shown}");
    assert_eq!(body.matches("<table class=\"grid matrix\">").count(), 2, "the duels and the strongest paths");
    assert!(text(&body).contains("The strongest path from the row to the column"));
    cities(&app, Method::RankedPairs).await;
    assert!(text(&page(&app, "ranked-pairs").await).contains("locked in"));
}

async fn a_tie_is_level_while_open_and_by_lot_at_the_end(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = app.poll("tea", &["gummi", "pita", "cleo"]).await;
    app.cast_marks(&poll, &[("gummi", 2), ("pita", 2), ("cleo", 1)]).await;
    for address in ["/polls/tea", "/polls/tea/results"] {
        let shown = text(&app.get(address).await.body);
        assert!(shown.contains("gummi and pita are level"), "{shown}");
        assert!(!shown.contains("gummi wins") && !shown.contains("pita wins"), "{shown}");
    }
    assert!(text(&page(&app, "tea").await).contains("provisional"));
    close(&app, &poll).await;
    let winner = [("gummi", "pita"), ("pita", "gummi")].map(|(key, other)| {
        format!("{key} wins with 2 of 5 votes (40.0%), after a tie with {other} that was settled by lot.")
    });
    for address in ["/polls/tea", "/polls/tea/results"] {
        let shown = text(&app.get(address).await.body);
        assert!(winner.iter().any(|sentence| shown.contains(sentence)), "{shown}");
        assert!(shown.contains("wins by lot"), "{shown}");
    }
    let body = page(&app, "tea").await;
    assert!(text(&body).contains("were tied for the first place. By lot, the order is"));
    // One has won, in the picture and in the table for download.
    assert_eq!(body.matches("<tr class=\"bar first\"").count(), 1, "{body}");
    let table = app.get("/polls/tea/results/results.csv").await.body;
    assert_eq!((table.matches("wins by lot").count(), table.matches("lost by lot").count()), (1, 1), "{table}");
}

async fn rounds_name_no_leader_where_choices_are_level(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = app.create(&poll_by(Method::Irv, &["a", "b", "c"])).await;
    app.cast_marks(&poll, &[("a", 3), ("b>c", 2), ("c>b", 2)]).await;
    let rounds = async || {
        let shown = text(&page(&app, "irv").await);
        let table = shown.split("Round by round").nth(1).unwrap().split("All choices in order").next().unwrap();
        let table = table.rsplit("Choice Round 1").next().unwrap().to_owned();
        ["level", "leads", "out", "wins by lot"].map(|word| table.matches(word).count())
    };
    // Who is kept in by the provisional lot would win, and who is not would have won.
    assert_eq!(rounds().await, [2, 0, 0, 0]);
    close(&app, &poll).await;
    assert_eq!(rounds().await, [0, 0, 1, 1]);
}

async fn bars_of_a_scoring_round_are_of_the_highest_total(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = app.create(&poll_by(Method::Star, &["a", "b", "c"])).await;
    app.cast_marks(&poll, &[("a:5,b:3,c:1", 2)]).await;
    let body = page(&app, "star").await;
    let round = body.split("Scoring round").nth(1).unwrap().split("</table>").next().unwrap();
    let widths: Vec<&str> = round.split("<rect width=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(widths, ["1000", "600", "200"], "{round}");
}

async fn seats_are_all_named(database: TestDatabase) {
    let app = App::start(database).await;
    let marking = Marking { method: Method::Approval, seats: 2, ..Marking::default() };
    let poll = app.create(&new_poll("bloc", &["a", "b", "c", "d"]).with(|s| s.set_marking(marking))).await;
    app.cast_marks(&poll, &[("a,b", 3), ("b", 1), ("c", 3)]).await;
    assert!(text(&page(&app, "bloc").await).contains("b leads; a and c are level for the last seat"));
    close(&app, &poll).await;
    let shown = text(&page(&app, "bloc").await);
    assert!(shown.contains("The choices with the most approvals are elected."), "{shown}");
    let by_lot = |one| format!("b is elected, and {one} by lot, as a and c were level for the last seat");
    assert!(shown.contains(&by_lot("a")) || shown.contains(&by_lot("c")), "{shown}");
    let marking = Marking { method: Method::Stv, seats: 2, ..Marking::default() };
    let poll = app.create(&new_poll("two", &["a", "b", "c"]).with(|s| s.set_marking(marking))).await;
    app.cast_marks(&poll, &[("a>b", 6), ("c>b", 2), ("b", 1)]).await;
    let shown = text(&page(&app, "two").await);
    assert!(shown.contains("a and b lead") && shown.contains("Quota 4"), "{shown}");
    close(&app, &poll).await;
    assert!(text(&page(&app, "two").await).contains("a and b are elected"));
}

async fn lots_are_committed_to_and_drawn_again(database: TestDatabase) {
    let app = App::start(database).await;
    let rules = [Visibility::Always, Visibility::Closed];
    for results in rules {
        let slug = results.as_str();
        let poll = app.create(&new_poll(slug, &["gummi", "pita"]).with(|s| s.results_visibility = results)).await;
        let (seed, commitment) = (poll.seed.clone(), poll.commitment());
        app.cast_marks(&poll, &[("gummi", 1), ("pita", 1)]).await;
        let open = page(&app, slug).await;
        assert!(open.contains(&commitment) && !open.contains(&seed), "{open}");
        close(&app, &poll).await;
        let closed = page(&app, slug).await;
        assert!(closed.contains(&commitment) && closed.contains(&format!("printf '%s' \"{seed}:1\" | sha256sum")));
        // As somebody with a shell draws them.
        use sha2::{Digest as _, Sha256};
        let mut lots = [("gummi", 1), ("pita", 2)].map(|(key, n)| (Sha256::digest(format!("{seed}:{n}")), key));
        lots.sort();
        assert!(text(&closed).contains(&format!("{} wins by lot", lots[0].1)), "{closed}");
        assert!(text(&closed).contains(&format!("The order that it gives: {}, {}.", lots[0].1, lots[1].1)));
    }
}

/// Moves the end of a poll, as a clock that is set moves it.
async fn end_in(app: &App, slug: &str, hours: i64) {
    let end = models::now() + TimeDelta::hours(hours);
    let end = end.format("%Y-%m-%d %H:%M:%S%.6f");
    app.database
        .execute(&format!(
            "UPDATE polls SET opens_at = '2020-01-01 00:00:00', closes_at = '{end}' WHERE slug = '{slug}'"
        ))
        .await;
}

async fn what_a_clock_that_was_ahead_has_shown_is_remembered(database: TestDatabase) {
    let app = App::start(database).await;
    let known = async |slug: &str| {
        app.database.number(&format!("SELECT count(*) FROM polls WHERE slug = '{slug}' AND seed_known")).await == 1
    };
    for (slug, read_while_open) in [("read", true), ("unread", false)] {
        let poll =
            app.create(&new_poll(slug, &["gummi", "pita"]).with(|s| s.results_visibility = Visibility::Closed)).await;
        app.cast_marks(&poll, &[("gummi", 2), ("pita", 1)]).await;
        end_in(&app, slug, -1).await;
        // Another process, for this one has read the poll with its old end.
        let ahead = app.twin().await;
        let shown = page(&ahead, slug).await;
        assert!(shown.contains(&poll.seed) && !text(&shown).contains("It was no secret"), "{shown}");
        assert!(!known(slug).await, "{slug}: every ballot came before");
        // The clock is set right: the process that has shown it goes on with an open poll, and so do others.
        end_in(&app, slug, 1).await;
        let right = app.twin().await;
        if read_while_open {
            for app in [&right, &app.twin().await] {
                let open = page(app, slug).await;
                assert!(!open.contains(&poll.seed), "{open}");
                assert!(text(&open).contains("The seed was shown before"), "{}", text(&open));
            }
            assert!(known(slug).await);
        }
        assert_eq!(right.add(&format!("poll={slug}&vote=pita")).await.status, Status::SeeOther);
        end_in(&app, slug, -1).await;
        let closed = text(&page(&app.twin().await, slug).await);
        assert!(closed.contains("It was no secret while the last ballots came in"), "{slug}: {closed}");
        assert!(known(slug).await);
    }
}

async fn clocks_that_differ_by_a_moment_make_no_seed_known(database: TestDatabase) {
    let app = App::start(database).await;
    let mut db = app.db().await;
    for (slug, seconds, is_known) in [("just", 9, false), ("far", 11, true)] {
        let end = models::now() + TimeDelta::hours(1);
        let poll = app.create(&new_poll(slug, &["gummi", "pita"]).with(|s| s.closes_at = Some(end))).await;
        app.cast_marks(&poll, &[("gummi", 2)]).await;
        // Of two servers, the clock of the first is ahead and shows the poll as closed.
        let shown = poll.remember_shown_closed(&mut db, end).await.unwrap();
        assert_eq!((shown.closed_with, shown.seed_known), (Some(2), false), "{slug}");
        let behind = end - TimeDelta::seconds(seconds);
        assert_eq!(shown.is_newly_shown_closed(behind, 2), is_known, "{slug}");
        let shown = shown.remember_shown_closed(&mut db, behind).await.unwrap();
        assert_eq!((shown.closed_with, shown.seed_known), (Some(2), is_known), "{slug}");
        assert_eq!(Poll::find_by_slug(&mut db, slug).await.unwrap().unwrap().seed_known, is_known, "{slug}");
    }
    // A ballot that comes in that moment is one after the seed was shown.
    let just = Poll::find_by_slug(&mut db, "just").await.unwrap().unwrap();
    app.cast_marks(&just, &[("pita", 1)]).await;
    let shown = just.remember_shown_closed(&mut db, just.settings.closes_at.unwrap()).await.unwrap();
    assert_eq!((shown.closed_with, shown.seed_known), (Some(2), true));
}

async fn a_poll_that_closes_in_time_keeps_its_secret_until_then(database: TestDatabase) {
    let app = App::start(database).await;
    let poll = app.poll("tea", &["gummi", "pita"]).await;
    let end = models::now() + TimeDelta::milliseconds(600);
    poll.close(&mut app.db().await, Some(end)).await.unwrap();
    // Votes and reads by two processes go on until it is over, and a little longer.
    let twin = app.twin().await;
    let vote = async |app: &App| while app.add("poll=tea&vote=gummi").await.status == Status::SeeOther {};
    let read = async |app: &App| while !page(app, "tea").await.contains(&poll.seed) {};
    rocket::tokio::join!(vote(&app), vote(&twin), vote(&app), read(&app), read(&twin));
    for app in [&app, &twin, &app.twin().await] {
        let closed = page(app, "tea").await;
        assert!(text(&closed).contains("so nobody could know them or change them"), "{}", text(&closed));
    }
    let ballots = app.database.number("SELECT count(*) FROM ballots").await;
    let sql = "SELECT count(*) FROM polls WHERE NOT seed_known AND closed_with = ";
    assert_eq!(app.database.number(&format!("{sql}{ballots}")).await, 1, "{ballots} ballots");
    // Opened again, it has forgotten what it showed.
    poll.reopen(&mut app.db().await).await.unwrap();
    assert!(page(&app, "tea").await.contains("The seed was shown before"));
    assert_eq!(app.database.number("SELECT count(*) FROM polls WHERE closed_with IS NULL AND seed_known").await, 1);
}

async fn other_methods_are_compared_where_the_organiser_allows_it(database: TestDatabase) {
    let app = App::start(database).await;
    for comparison in [false, true] {
        let slug = if comparison { "compared" } else { "alone" };
        let marking = Marking { method: Method::Irv, comparison, ..Marking::default() };
        let poll = app.create(&new_poll(slug, &CITIES).with(|s| s.set_marking(marking))).await;
        app.cast_marks(&poll, &tennessee(Kind::Ranking)).await;
        let shown = text(&page(&app, slug).await);
        assert_eq!(shown.contains("Would another method change the winner?"), comparison, "{shown}");
        if comparison {
            let answer = "Yes, 12 of the 14 other methods that can count these votes give another result.";
            assert!(shown.contains(answer), "{shown}");
            assert!(shown.contains("Schulze, margins nashville"), "{shown}");
            // Only those that differ are listed.
            let table = shown.split("Method Winner").nth(1).unwrap().split("People may").next().unwrap();
            assert!(!table.contains("knoxville") && !table.contains("Instant runoff"), "{table}");
        }
    }
    let marking = Marking { method: Method::Stv, seats: 2, comparison: true, ..Marking::default() };
    let poll = app.create(&new_poll("seats", &CITIES).with(|s| s.set_marking(marking))).await;
    app.cast_marks(&poll, &tennessee(Kind::Ranking)).await;
    let shown = text(&page(&app, "seats").await);
    assert!(shown.contains("Would another method change who is elected?"), "{shown}");
    assert!(shown.contains("Method Elected") && !shown.contains("Winner"), "{shown}");
}

async fn large_outcomes_leave_out_what_no_page_holds(database: TestDatabase) {
    let app = App::start(database).await;
    let keys: Vec<String> = (0..120).map(|n| format!("c{n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    for method in [Method::Irv, Method::Schulze, Method::Plurality] {
        let poll = app.create(&poll_by(method, &keys)).await;
        let all = keys.iter().enumerate().map(|(n, key)| (*key, n + 1)).collect::<Vec<_>>();
        app.cast_marks(&poll, &all).await;
        let body = page(&app, method.as_str()).await;
        let picture = body.split("id=\"tally-title\"").nth(1).unwrap().split("</section>").next().unwrap();
        // The last round has 7 choices when one has half of the votes; of the 119 duels of the first, 100 are shown.
        let (rows, more) = match method {
            Method::Irv => (picture.matches("class=\"count\"").count(), 0),
            Method::Schulze => (100, 19),
            _ => (100, 20),
        };
        assert_eq!(picture.matches("<td class=\"count\">").count(), rows, "{method:?}");
        let folded = if more > 0 { "The next 80 choices" } else { "The other" };
        assert_eq!(text(picture).contains(folded), more > 0, "{method:?}: {}", text(picture));
        let sentence = format!("{more} more choices are in the table (CSV)");
        assert_eq!(text(picture).contains(&sentence), more > 0, "{method:?}: {}", text(picture));
        assert!(body.len() < 700_000, "{method:?}: {}", body.len());
        assert_eq!(method == Method::Schulze, text(&body).contains("The table of 120 choices is too large"));
        assert_eq!(method == Method::Irv, text(&body).contains("rounds are in the report below"));
        // The picture has the last rounds.
        assert_eq!(method == Method::Irv, body.contains("<ol class=\"flow\""), "{method:?}");
    }
    for (choices, folded) in [(21, "The other choice "), (22, "The other 2 choices "), (101, "1 more choice is in")] {
        let slug = format!("of-{choices}");
        let poll = app.create(&new_poll(&slug, &keys[..choices])).await;
        app.cast_marks(&poll, &[("c0", 1)]).await;
        let shown = text(&page(&app, &slug).await);
        assert!(shown.contains(folded), "{shown}");
    }
}

async fn nothing_to_count_is_said(database: TestDatabase) {
    let app = App::start(database).await;
    for method in Method::ALL {
        let marking = Marking { method, abstaining: true, comparison: true, ..Marking::default() };
        let poll = app.create(&new_poll(method.as_str(), &["a", "b"]).with(|s| s.set_marking(marking))).await;
        assert!(text(&page(&app, method.as_str()).await).contains("No votes yet."), "{method:?}");
        app.cast_marks(&poll, &[("", 2)]).await;
        let shown = text(&app.get(&format!("/polls/{}", method.as_str())).await.body);
        assert!(shown.contains("2 votes since"), "{method:?}: {shown}");
        let shown = text(&page(&app, method.as_str()).await);
        assert!(
            shown.contains("Nobody leads: no ballot is marked.") && shown.contains("2 blank"),
            "{method:?}: {shown}"
        );
        close(&app, &poll).await;
        let body = page(&app, method.as_str()).await;
        assert!(text(&body).contains("Nobody wins: no ballot is marked."), "{method:?}");
        // Nothing is invented: no chart, no order, no table of comparisons.
        for part in ["class=\"bar\"", "All choices in order", "class=\"grid", "How the count went"] {
            assert!(!body.contains(part), "{method:?}: {part}");
        }
    }
}

async fn a_count_that_lags_says_of_which_moment_it_is(database: TestDatabase) {
    let app = App::start(database).await;
    let keys: Vec<String> = (0..200).map(|n| format!("c{n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let poll = app.create(&poll_by(Method::Schulze, &keys)).await;
    let turned = |by: usize| [&keys[by..], &keys[..by]].concat().join(">");
    let profile: Vec<(String, u64)> = (0..200).map(|by| (turned(by), 1)).collect();
    ballot::load(&mut app.db().await, poll.id, &profile, models::now()).await.unwrap();
    assert!(text(&page(&app, "schulze").await).contains("200 votes"));
    app.cast_marks(&poll, &[("c7>c3", 1)]).await;
    for address in ["/polls/schulze/results", "/polls/schulze"] {
        let shown = text(&app.get(address).await.body);
        let day = models::now().format("%-d %B %Y, ");
        assert!(shown.contains(&format!("Counted 200 of 201 votes, {day}")), "{address}: {shown}");
    }
    // And once it has caught up it says so no more.
    let started = Instant::now();
    while page(&app, "schulze").await.contains("Counted 200 of") {
        assert!(started.elapsed() < Duration::from_secs(60));
        sleep(Duration::from_millis(100)).await;
    }
    assert!(text(&page(&app, "schulze").await).contains("201 votes"));
}

async fn a_withheld_result_says_why_and_how_it_will_be_counted(database: TestDatabase) {
    let app = App::start(database).await;
    let marking = Marking { method: Method::Irv, ..Marking::default() };
    let poll = app
        .create(&new_poll("tea", &["a", "b"]).with(|s| {
            s.set_marking(marking);
            s.results_visibility = Visibility::Closed;
        }))
        .await;
    app.cast_marks(&poll, &[("a>b", 1)]).await;
    assert!(app.get("/polls/tea").await.body.contains("<a href=\"/polls/tea/results\">How it will be counted</a>"));
    let shown = text(&page(&app, "tea").await);
    assert!(
        shown.contains("The results are shown when the poll is closed.")
            && shown.contains("the fewest votes is eliminated")
    );
    assert!(shown.contains(&poll.commitment()) && shown.contains("1 vote since"), "{shown}");
    assert!(shown.contains("Check it yourself"), "{shown}");
    // A poll that is older than the lots has nothing to check yet.
    app.database.execute("UPDATE polls SET seed = ''").await;
    let shown = text(&page(&app.twin().await, "tea").await);
    assert!(!shown.contains("Check it yourself"), "{shown}");
}

async fn a_lot_on_the_way_is_shown_with_the_result(database: TestDatabase) {
    let app = App::start(database).await;
    let marking = Marking { method: Method::Irv, ..Marking::default() };
    for (slug, results) in [("tea", Visibility::Always), ("hidden", Visibility::Organiser)] {
        let poll = app
            .create(&new_poll(slug, &["a", "b", "c"]).with(|s| {
                s.set_marking(marking);
                s.results_visibility = results;
            }))
            .await;
        app.cast_marks(&poll, &[("a", 3), ("b>c", 2), ("c>b", 2)]).await;
        if results == Visibility::Always {
            let shown = text(&page(&app, slug).await);
            assert!(shown.contains("b and c are level.") && shown.contains("provisional"), "{shown}");
        }
        poll.close(&mut app.db().await, None).await.unwrap();
    }
    for address in ["/polls/tea", "/polls/tea/results"] {
        let shown = text(&app.get(address).await.body);
        let why = "wins in round 2 with 4 of the 7 votes left in the count, after a tie with";
        let by_lot = |one: &str, other: &str| shown.contains(&format!("{one} {why} {other} that was settled by lot."));
        assert!(by_lot("b", "c") || by_lot("c", "b"), "{shown}");
    }
    let shown = text(&page(&app, "tea").await);
    assert!(shown.contains("A tie was settled by lot."), "{shown}");
    // Who may not see the result does not learn of its ties either.
    let shown = text(&page(&app, "hidden").await);
    assert!(!shown.contains("A tie was settled") && !shown.contains("No tie that decides"), "{shown}");
}

async fn labels_are_text(database: TestDatabase) {
    let app = App::start(database).await;
    for method in Method::ALL {
        let marking = Marking { method, comparison: true, ..Marking::default() };
        let mut new = new_poll(method.as_str(), &["a", "b", "c"]).with(|s| s.set_marking(marking));
        new.settings.title = "<script>alert(1)</script>".into();
        for choice in &mut new.choices {
            choice.label = format!("<b onclick=\"x\">'{}' & co</b>", choice.key);
        }
        let poll = app.create(&new).await;
        match method.kind() {
            Kind::Score => app.cast_marks(&poll, &[("a:5,b:1", 2), ("b:5,a:4", 1), ("c:1", 1)]).await,
            Kind::Ranking => app.cast_marks(&poll, &[("a>b", 2), ("b>a", 1), ("c", 1)]).await,
            _ => app.cast_marks(&poll, &[("a", 2), ("b", 1), ("c", 1)]).await,
        }
        let body = page(&app, method.as_str()).await;
        assert!(!body.contains("<script>alert") && !body.contains("<b onclick"), "{body}");
        assert!(body.contains("&lt;b onclick"), "{body}");
    }
}
