//! A poll's rules on a command line, the same for every command that creates a poll.

use clap::{Args, builder::PossibleValuesParser};

use crate::{
    codes,
    count::Method,
    db::Connection,
    marks,
    models::{
        eligibility::Eligibility, marking::Marking, new_poll::NewPoll, organiser::Organiser, visibility::Visibility,
    },
    moments,
    start::StartError,
};

/// Who runs a poll, who may vote in it, and what is shown when.
#[derive(Debug, Args)]
pub struct RuleArgs {
    /// Who runs it in the browser: an organiser's sign-in name; without it only these commands do
    #[arg(long, value_name = "UID")]
    organiser: Option<String>,
    /// Who may vote: one vote per browser (the default), one vote per invitation, or open: anyone, any number of votes, so
    /// that one person can decide the result
    #[arg(long = "credential", value_name = "CREDENTIAL", value_parser = PossibleValuesParser::new(Eligibility::ALL.iter().map(|rule| rule.as_str())))]
    eligibility: Option<String>,
    /// When the results are shown: always, to those who have voted, after the poll is closed, or to its organiser only
    #[arg(long = "results", value_name = "RESULTS", default_value = "always", value_parser = PossibleValuesParser::new(Visibility::ALL.iter().map(|rule| rule.as_str())))]
    results_visibility: String,
    /// When the number of votes is shown
    #[arg(long = "turnout", value_name = "TURNOUT", default_value = "always", value_parser = PossibleValuesParser::new(Visibility::ALL.iter().map(|rule| rule.as_str())))]
    turnout_visibility: String,
    /// How people vote, and how votes are counted: plurality if neither this nor an imported file says it
    #[arg(long, value_parser = PossibleValuesParser::new(Method::ALL.map(Method::as_str)))]
    method: Option<String>,
    /// How many choices win; 1 if not given
    #[arg(long, value_name = "NUMBER")]
    seats: Option<i32>,
    /// The highest score, for methods with scores; 5 if not given
    #[arg(long, value_name = "NUMBER")]
    highest: Option<i32>,
    /// Take blank votes
    #[arg(long)]
    abstaining: bool,
    /// Show voters their vote before it is sent
    #[arg(long)]
    review: bool,
    /// Show how other methods count the same votes
    #[arg(long)]
    comparison: bool,
    /// Show it in the public list; without it, only those with the link find the poll, unless it is on the home page
    #[arg(long)]
    listed: bool,
    /// The time zone in which its pages write dates, such as Europe/Berlin
    #[arg(long, default_value = "UTC")]
    zone: String,
}

impl RuleArgs {
    /// The method, where one is named.
    pub fn method(&self) -> Option<Method> {
        self.method.as_deref().and_then(Method::from_word)
    }

    /// The slug of a new poll: the given one, or one from its title, which nobody guesses where no
    /// list names the poll.
    ///
    /// # Errors
    /// [`StartError::Usage`] for what is no slug.
    pub fn slug(&self, given: Option<&str>, title: &str) -> Result<String, StartError> {
        let slug = match given {
            Some(slug) => slug.to_owned(),
            None if !self.listed => codes::unguessable(&marks::key_from_label(title))
                .map_err(|error| StartError::Usage(format!("the system has no random bytes: {error}")))?,
            None => marks::key_from_label(title),
        };
        if marks::is_key(&slug) {
            return Ok(slug);
        }
        Err(StartError::Usage(format!(
            "the slug “{slug}” is not 1 to 64 small letters, digits and hyphens; give another with --slug"
        )))
    }

    /// Gives the rules to a new poll.
    ///
    /// # Errors
    /// [`StartError::Usage`] for an organiser or a zone that there is not.
    pub async fn apply(&self, db: &mut Connection, new: &mut NewPoll) -> Result<(), StartError> {
        let unknown =
            |what: &str, name: &str, way: &str| StartError::Usage(format!("there is no {what} “{name}”: {way}"));
        if let Some(uid) = &self.organiser {
            let organiser = Organiser::find(db, &uid.to_lowercase()).await?;
            let organiser = organiser.ok_or_else(|| unknown("organiser", uid, "`urna organiser list` names them"))?;
            new.organiser_id = Some(organiser.id);
        }
        let zone = moments::zone(&self.zone).ok_or_else(|| unknown("time zone", &self.zone, "write Area/City"))?;
        let settings = &mut new.settings;
        settings.zone = zone.name().into();
        settings.listed = self.listed;
        // Other words do not pass the command line.
        let eligibility = self.eligibility.as_deref().and_then(Eligibility::from_word);
        settings.eligibility = eligibility.unwrap_or(settings.eligibility);
        settings.results_visibility =
            Visibility::from_word(&self.results_visibility).unwrap_or(settings.results_visibility);
        settings.turnout_visibility =
            Visibility::from_word(&self.turnout_visibility).unwrap_or(settings.turnout_visibility);
        settings.set_marking(Marking {
            method: self.method().unwrap_or(settings.method),
            seats: self.seats.unwrap_or(settings.seats),
            highest: self.highest.unwrap_or(settings.highest),
            abstaining: self.abstaining,
            review: self.review,
            comparison: self.comparison,
        });
        settings
            .marking()
            .check(new.choices.len())
            .map_err(|(field, why)| StartError::Usage(format!("--{field}: {}", why.trim_end_matches('.'))))?;
        if settings.eligibility == Eligibility::Invitation && new.organiser_id.is_none() {
            return Err(StartError::Usage(
                "invitations are created in the browser by the poll's organiser: name one with --organiser".into(),
            ));
        }
        Ok(())
    }
}
