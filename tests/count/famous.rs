//! Famous elections and textbook paradoxes, with the outcome of each method; published figures, also of the rounds.

use urna::{
    count::{Ballots, Contest, Fate, Method, Number, Outcome, Profile, count},
    marks::Kind,
    words::{self, events},
};

use super::CONDORCET;

/// Rankings of choices, which are their own labels.
struct Election {
    choices: &'static [&'static str],
    ballots: &'static [(u64, &'static str)],
}

impl Election {
    /// Why somebody is elected, in words.
    fn reason(&self, outcome: &Outcome) -> String {
        words::outcome::reason(outcome, self.choices)
    }

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

    /// Checks who wins by each Condorcet method.
    fn elects_by_duels(&self, winner: &str) {
        self.elects(&CONDORCET.map(|method| (method, winner)));
    }

    /// How many prefer each choice to each other.
    fn duels(&self) -> Vec<Vec<i64>> {
        self.count(Method::Copeland, 1).matrices.swap_remove(0).rows
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
    TENNESSEE.elects_by_duels("Nashville");
    assert_eq!(TENNESSEE.duels(), [[0, 42, 42, 42], [58, 0, 68, 68], [58, 32, 0, 83], [58, 32, 17, 0]]);
    // Baldwin’s rounds are below.
    for method in CONDORCET.into_iter().filter(|method| *method != Method::Baldwin) {
        let outcome = TENNESSEE.count(method, 1);
        assert_eq!(TENNESSEE.reason(&outcome), "by beating every other choice head to head");
        let tally: Vec<String> = outcome.tally.iter().map(Number::plain).collect();
        assert_eq!((tally, outcome.ties), (["0", "3", "2", "1"].map(String::from).to_vec(), vec![]), "{method:?}");
    }
    // Memphis loses all duels by 58 to 42, and so has a smaller worst defeat than Chattanooga or Knoxville.
    assert_eq!(TENNESSEE.count(Method::Minimax, 1).ranking, [[1], [0], [2], [3]]);
    assert_eq!(TENNESSEE.count(Method::Schulze, 1).ranking, [[1], [2], [3], [0]]);
    assert_eq!(TENNESSEE.count(Method::RankedPairs, 1).ranking, [[1], [2], [3], [0]]);
    let borda: Vec<String> = TENNESSEE.count(Method::Borda, 1).tally.iter().map(Number::plain).collect();
    assert_eq!(borda, ["126", "194", "173", "107"]);
    let irv = TENNESSEE.count(Method::Irv, 1);
    let rounds = [
        round(&[("Memphis", "42"), ("Nashville", "26"), ("Chattanooga", "15"), ("Knoxville", "17")], "0"),
        round(&[("Memphis", "42"), ("Nashville", "26"), ("Knoxville", "32")], "0"),
        round(&[("Memphis", "42"), ("Knoxville", "58")], "0"),
    ];
    assert_eq!(TENNESSEE.rounds(&irv), rounds);
    assert_eq!(TENNESSEE.reason(&irv), "in round 3 with 58 of the 100 votes left in the count");
    assert_eq!(irv.ranking, [[3], [0], [1], [2]]);
    // As in Wikipedia's article on Nanson's method, which has Baldwin's too.
    let baldwin = TENNESSEE.count(Method::Baldwin, 1);
    let points: Vec<Vec<String>> = baldwin
        .rounds
        .iter()
        .map(|round| round.standings.iter().map(|standing| standing.votes.plain()).collect())
        .collect();
    assert_eq!(points, [vec!["126", "194", "173", "107"], vec!["84", "126", "90"], vec!["68", "32"]]);
    assert_eq!(TENNESSEE.reason(&baldwin), "in round 3 with 68 points against 32 for Chattanooga");
    assert_eq!(baldwin.ranking, [[1], [2], [0], [3]]);
}

/// The same voters, who give 5, 3, 1 and 0 to the cities in their order.
#[test]
fn tennessee_by_scores() {
    let profile: Profile = TENNESSEE
        .ballots
        .iter()
        .map(|(number, ranks)| {
            let scores = ranks.split('>').zip([5, 3, 1, 0]).map(|(city, score)| format!("{city}:{score}"));
            (scores.collect::<Vec<_>>().join(","), *number)
        })
        .collect();
    let ballots = Ballots::read(Kind::Score, TENNESSEE.choices, &profile).unwrap();
    let counted = |method| count(method, &Contest::new(TENNESSEE.choices, TENNESSEE.choices), &ballots).unwrap();
    let score = counted(Method::Score);
    assert_eq!(score.tally, [210, 288, 246, 156].map(Number::from));
    assert_eq!((TENNESSEE.reason(&score).as_str(), score.elected), ("with 288 points", vec![1]));
    let star = counted(Method::Star);
    assert_eq!(TENNESSEE.reason(&star), "in the runoff against Chattanooga, 68 to 32");
    assert_eq!(star.elected, [1]);
    // Nashville and Chattanooga share a median of 3; below it are 32 and 42.
    let judgment = counted(Method::MajorityJudgment);
    assert_eq!(judgment.tally, [0, 3, 3, 1].map(Number::from));
    assert_eq!((&judgment.ranking, judgment.used_lot()), (&vec![vec![1], vec![2], vec![3], vec![0]], false));
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
    BURLINGTON.elects_by_duels("Montroll");
    assert_eq!(BURLINGTON.duels(), [[0, 4064, 3668], [4314, 0, 3477], [4597, 4067, 0]]);
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
    // The weakest defeat is that of A by C, with 65 votes.
    CYCLE.elects_by_duels("A");
    assert_eq!(CYCLE.duels(), [[0, 67, 35], [33, 0, 68], [65, 32, 0]]);
    let reason = |method| CYCLE.reason(&CYCLE.count(method, 1));
    assert_eq!(reason(Method::Copeland), "with 1 win in 2 head-to-head comparisons and the greatest margins");
    let unbeaten = "as no choice beats every other head to head";
    assert_eq!(reason(Method::Minimax), format!("with the smallest worst defeat (65 votes), {unbeaten}"));
    assert_eq!(reason(Method::SchulzeMargins), format!("by the strongest chains of wins, {unbeaten}"));
    let pairs = CYCLE.count(Method::RankedPairs, 1);
    assert_eq!((pairs.ranking, pairs.ties), (vec![vec![0], vec![1], vec![2]], vec![]));
    let skipped = events::sentence(&pairs.rounds[1].events[2], CYCLE.choices);
    assert_eq!(skipped, "C over A, 65 to 35: skipped, as A is above C already.");
}

/// The example of Wikipedia's article on the Schulze method: 45 voters, E before A, C, B and D.
const SCHULZE: Election = Election {
    choices: &["A", "B", "C", "D", "E"],
    ballots: &[
        (5, "A>C>B>E>D"),
        (5, "A>D>E>C>B"),
        (8, "B>E>D>A>C"),
        (3, "C>A>B>E>D"),
        (7, "C>A>E>B>D"),
        (2, "C>B>A>D>E"),
        (7, "D>C>E>B>A"),
        (8, "E>B>A>D>C"),
    ],
};

#[test]
fn schulze_goes_by_the_strongest_paths() {
    let schulze = SCHULZE.count(Method::Schulze, 1);
    assert_eq!((&schulze.ranking, &schulze.ties), (&vec![vec![4], vec![0], vec![2], vec![1], vec![3]], &vec![]));
    let duels =
        [[0, 20, 26, 30, 22], [25, 0, 16, 33, 18], [19, 29, 0, 17, 24], [15, 12, 28, 0, 14], [23, 27, 21, 31, 0]];
    assert_eq!(schulze.matrices[0].rows, duels);
    let paths =
        [[0, 28, 28, 30, 24], [25, 0, 28, 33, 24], [25, 29, 0, 29, 24], [25, 28, 28, 0, 24], [25, 28, 28, 31, 0]];
    assert_eq!(schulze.matrices[1].rows, paths);
    assert_eq!(SCHULZE.count(Method::SchulzeMargins, 1).ranking, schulze.ranking);
}

/// Two beaches that share the voters of one: most rather go to the sea than to the hills.
const CLONES: Election = Election {
    choices: &["North beach", "South beach", "Hills"],
    ballots: &[
        (28, "North beach>South beach>Hills"),
        (27, "South beach>North beach>Hills"),
        (45, "Hills>North beach>South beach"),
    ],
};

#[test]
fn clones_split_their_votes() {
    CLONES.elects(&[
        (Method::Plurality, "Hills"),
        (Method::TwoRound, "North beach"),
        (Method::Irv, "North beach"),
        (Method::Stv, "North beach"),
        (Method::StvMeek, "North beach"),
        (Method::Borda, "North beach"),
    ]);
    CLONES.elects_by_duels("North beach");
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
    SQUEEZE.elects_by_duels("Centre");
}

/// Ten who change from `B>C>A` to `A>B>C` make A lose: IRV is not monotonic.
const BEFORE: Election =
    Election { choices: &["A", "B", "C"], ballots: &[(39, "A>B>C"), (35, "B>C>A"), (26, "C>A>B")] };
const AFTER: Election = Election { choices: &["A", "B", "C"], ballots: &[(49, "A>B>C"), (25, "B>C>A"), (26, "C>A>B")] };

#[test]
fn more_support_can_lose_an_instant_runoff() {
    BEFORE.elects(&[(Method::Irv, "A"), (Method::TwoRound, "A"), (Method::Borda, "B")]);
    AFTER.elects(&[(Method::Irv, "C"), (Method::Borda, "A")]);
    // A’s only defeat is the narrowest in both; before, B has the greatest sum of margins.
    BEFORE.elects(&[
        (Method::Minimax, "A"),
        (Method::Schulze, "A"),
        (Method::RankedPairs, "A"),
        (Method::Copeland, "B"),
    ]);
    AFTER.elects_by_duels("A");
    assert_eq!(AFTER.count(Method::Irv, 1).rounds[0].standings[1].fate, Fate::Eliminated);
}
