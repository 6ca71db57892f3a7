//! Famous elections and textbook paradoxes, with what each method says; published figures, rounds and all.

use urna::{
    count::{Ballots, Contest, Fate, Method, Number, Outcome, Profile, count},
    marks::Kind,
};

/// Rankings of choices, which are their own labels.
struct Election {
    choices: &'static [&'static str],
    ballots: &'static [(u64, &'static str)],
}

impl Election {
    fn count(&self, method: Method, seats: usize) -> Outcome {
        let profile: Profile = self.ballots.iter().map(|(number, ranks)| ((*ranks).to_owned(), *number)).collect();
        let ballots = Ballots::read(Kind::Ranking, self.choices, &profile).unwrap();
        count(method, &Contest { seats, ..Contest::new(self.choices, self.choices) }, &ballots).unwrap()
    }

    /// Checks who wins by each method.
    fn elects(&self, winners: &[(Method, &str)]) {
        for (method, winner) in winners {
            let elected: Vec<&str> =
                self.count(*method, 1).elected.iter().map(|choice| self.choices[*choice]).collect();
            assert_eq!(elected, [*winner], "{method:?}");
        }
    }

    /// Of each round the votes in the order of the ballot, then those that are exhausted.
    fn rounds(&self, outcome: &Outcome) -> Vec<(Vec<(&str, String)>, String)> {
        let votes = |number: &Number| number.plain();
        let rounds = outcome.rounds.iter().map(|round| {
            let standings = round.standings.iter().map(|it| (self.choices[it.choice], votes(&it.votes))).collect();
            (standings, round.exhausted.as_ref().map(votes).unwrap_or_default())
        });
        rounds.collect()
    }
}

/// A round as it is written here.
fn round<'a>(votes: &[(&'a str, &str)], exhausted: &str) -> (Vec<(&'a str, String)>, String) {
    (votes.iter().map(|(choice, votes)| (*choice, (*votes).to_owned())).collect(), exhausted.to_owned())
}

/// The example of many articles on voting methods: cities that vote for the capital that is nearest.
const TENNESSEE: Election = Election {
    choices: &["Memphis", "Nashville", "Chattanooga", "Knoxville"],
    ballots: &[
        (42, "Memphis>Nashville>Chattanooga>Knoxville"),
        (26, "Nashville>Chattanooga>Knoxville>Memphis"),
        (15, "Chattanooga>Knoxville>Nashville>Memphis"),
        (17, "Knoxville>Chattanooga>Nashville>Memphis"),
    ],
};

#[test]
fn tennessee_has_four_capitals() {
    TENNESSEE.elects(&[
        (Method::Plurality, "Memphis"),
        (Method::TwoRound, "Nashville"),
        (Method::Irv, "Knoxville"),
        (Method::Stv, "Knoxville"),
        (Method::StvMeek, "Knoxville"),
        (Method::Borda, "Nashville"),
        (Method::Dowdall, "Nashville"),
    ]);
    let borda: Vec<String> = TENNESSEE.count(Method::Borda, 1).tally.iter().map(Number::plain).collect();
    assert_eq!(borda, ["126", "194", "173", "107"]);
    let irv = TENNESSEE.count(Method::Irv, 1);
    let rounds = [
        round(&[("Memphis", "42"), ("Nashville", "26"), ("Chattanooga", "15"), ("Knoxville", "17")], "0"),
        round(&[("Memphis", "42"), ("Nashville", "26"), ("Knoxville", "32")], "0"),
        round(&[("Memphis", "42"), ("Knoxville", "58")], "0"),
    ];
    assert_eq!(TENNESSEE.rounds(&irv), rounds);
    assert_eq!(irv.reason, "in round 3 with 58 of the 100 votes that still count");
    assert_eq!(irv.ranking, [[3], [0], [1], [2]]);
}

/// Burlington's mayor, 3 March 2009, when three were left: the rankings of these three on the published ballots, whose
/// duels are Montroll–Kiss 4,067 to 3,477, Montroll–Wright 4,597 to 3,668 and Kiss–Wright 4,314 to 4,064. The official
/// count, with its own reading of spoilt marks, has 4,313 to 4,061 in the last round.
const BURLINGTON: Election = Election {
    choices: &["Wright", "Kiss", "Montroll"],
    ballots: &[
        (1332, "Montroll>Kiss>Wright"),
        (767, "Montroll>Wright>Kiss"),
        (455, "Montroll"),
        (2043, "Kiss>Montroll>Wright"),
        (371, "Kiss>Wright>Montroll"),
        (568, "Kiss"),
        (1513, "Wright>Montroll>Kiss"),
        (495, "Wright>Kiss>Montroll"),
        (1289, "Wright"),
    ],
};

#[test]
fn burlington_squeezed_its_centre() {
    BURLINGTON.elects(&[
        (Method::Plurality, "Wright"),
        (Method::TwoRound, "Kiss"),
        (Method::Irv, "Kiss"),
        (Method::Borda, "Montroll"),
    ]);
    let rounds = [
        round(&[("Wright", "3297"), ("Kiss", "2982"), ("Montroll", "2554")], "0"),
        round(&[("Wright", "4064"), ("Kiss", "4314")], "455"),
    ];
    assert_eq!(BURLINGTON.rounds(&BURLINGTON.count(Method::Irv, 1)), rounds);
}

/// Alaska's special election of 16 August 2022. The certified count of the Division of Elections: first choices 75,799,
/// 58,973 and 53,810; of Begich's, 15,467 went to Peltola, 27,053 to Palin and 11,290 to nobody; 91,266 to 86,026. The
/// second choices of the other two's ballots were not counted, and are not here.
const ALASKA: Election = Election {
    choices: &["Begich", "Palin", "Peltola"],
    ballots: &[
        (27_053, "Begich>Palin"),
        (15_467, "Begich>Peltola"),
        (11_290, "Begich"),
        (58_973, "Palin"),
        (75_799, "Peltola"),
    ],
};

#[test]
fn alaska_elected_peltola() {
    ALASKA.elects(&[(Method::Plurality, "Peltola"), (Method::TwoRound, "Peltola"), (Method::Irv, "Peltola")]);
    let irv = ALASKA.count(Method::Irv, 1);
    let rounds = [
        round(&[("Begich", "53810"), ("Palin", "58973"), ("Peltola", "75799")], "0"),
        round(&[("Palin", "86026"), ("Peltola", "91266")], "11290"),
    ];
    assert_eq!(ALASKA.rounds(&irv), rounds);
    let flows: Vec<_> = irv.rounds[0].flows.iter().map(|flow| (flow.to, flow.votes.plain())).collect();
    assert_eq!(flows, [(Some(1), "27053".into()), (Some(2), "15467".into()), (None, "11290".into())]);
}

/// Wikipedia's example of STV for many years: twenty guests choose three foods; the quota is 6.
const FOOD: Election = Election {
    choices: &["Oranges", "Pears", "Chocolate", "Strawberries", "Sweets"],
    ballots: &[
        (4, "Oranges"),
        (2, "Pears>Oranges"),
        (8, "Chocolate>Strawberries"),
        (4, "Chocolate>Sweets"),
        (1, "Strawberries"),
        (1, "Sweets"),
    ],
};

#[test]
fn a_party_has_its_three_foods() {
    let rounds = [
        round(&[("Oranges", "4"), ("Pears", "2"), ("Chocolate", "12"), ("Strawberries", "1"), ("Sweets", "1")], "0"),
        round(&[("Oranges", "4"), ("Pears", "2"), ("Chocolate", "6"), ("Strawberries", "5"), ("Sweets", "3")], "0"),
        round(&[("Oranges", "6"), ("Chocolate", "6"), ("Strawberries", "5"), ("Sweets", "3")], "0"),
        round(&[("Oranges", "6"), ("Chocolate", "6"), ("Strawberries", "5")], "3"),
    ];
    let stv = FOOD.count(Method::Stv, 3);
    assert_eq!(stv.elected, [2, 0, 3]);
    assert_eq!(stv.rounds[0].quota, Some(Number::from(6)));
    assert_eq!(FOOD.rounds(&stv), rounds);
    // Meek’s quota is a little over 5, and passes 7 of the 12 on: strawberries have 5 2/3 before pears go.
    assert_eq!(FOOD.count(Method::StvMeek, 3).elected, [2, 3, 0]);
}

/// Condorcet's paradox: each is beaten by another, two to one or nearly.
const CYCLE: Election = Election { choices: &["A", "B", "C"], ballots: &[(35, "A>B>C"), (33, "B>C>A"), (32, "C>A>B")] };

#[test]
fn a_cycle_has_a_winner_by_each_method() {
    CYCLE.elects(&[
        (Method::Plurality, "A"),
        (Method::TwoRound, "A"),
        (Method::Irv, "A"),
        (Method::Borda, "A"),
        (Method::Dowdall, "A"),
    ]);
}

/// Two wings and a centre that both prefer to each other.
const SQUEEZE: Election = Election {
    choices: &["Left", "Centre", "Right"],
    ballots: &[
        (41, "Left>Centre>Right"),
        (12, "Centre>Left>Right"),
        (8, "Centre>Right>Left"),
        (39, "Right>Centre>Left"),
    ],
};

#[test]
fn a_centre_is_squeezed_out() {
    SQUEEZE.elects(&[
        (Method::Plurality, "Left"),
        (Method::TwoRound, "Left"),
        (Method::Irv, "Left"),
        (Method::Stv, "Left"),
        (Method::Borda, "Centre"),
        (Method::Dowdall, "Left"),
    ]);
}

/// Ten who change from `B>C>A` to `A>B>C` make A lose: IRV is not monotonic.
const BEFORE: Election =
    Election { choices: &["A", "B", "C"], ballots: &[(39, "A>B>C"), (35, "B>C>A"), (26, "C>A>B")] };
const AFTER: Election = Election { choices: &["A", "B", "C"], ballots: &[(49, "A>B>C"), (25, "B>C>A"), (26, "C>A>B")] };

#[test]
fn more_support_can_lose_an_instant_runoff() {
    BEFORE.elects(&[(Method::Irv, "A"), (Method::TwoRound, "A"), (Method::Borda, "B")]);
    AFTER.elects(&[(Method::Irv, "C"), (Method::Borda, "A")]);
    assert_eq!(AFTER.count(Method::Irv, 1).rounds[0].standings[1].fate, Fate::Eliminated);
}
