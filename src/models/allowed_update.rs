//! What may change in a poll once ballots are in: nothing by which they would mean or elect something else.

use std::collections::{HashMap, HashSet};

use super::{lifecycle::UpdateError, new_poll::NewPoll, poll::Definition};
use crate::text::skeleton;

impl Definition {
    /// That the ballots that are in mean after the change what they meant before.
    ///
    /// # Errors
    /// [`UpdateError::Meaning`] or [`UpdateError::Unconfirmed`].
    pub(super) fn check_update(&self, new: &NewPoll, confirmed: bool) -> Result<(), UpdateError> {
        let old = &self.poll;
        let earlier = match (old.settings.closes_at, new.settings.closes_at) {
            (Some(old), Some(new)) => new < old,
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if (old.settings.eligibility, old.settings.results_visibility, old.settings.turnout_visibility)
            != (new.settings.eligibility, new.settings.results_visibility, new.settings.turnout_visibility)
        {
            return Err(UpdateError::Meaning(
                "People have voted, so you can’t change who may vote or when things are shown.",
            ));
        }
        if !old.settings.marking().keeps_meaning(&new.settings.marking()) {
            return Err(UpdateError::Meaning(
                "People have voted, so you can’t change how people vote and how votes are counted.",
            ));
        }
        if old.slug != new.slug || old.settings.opens_at != new.settings.opens_at {
            return Err(UpdateError::Meaning(
                "People have voted, so you can’t change the address and the opening time.",
            ));
        }
        if old.settings.closes_at.is_some_and(|end| end <= super::now())
            && new.settings.closes_at != old.settings.closes_at
        {
            return Err(UpdateError::Meaning(
                "The poll is closed. To take votes again, open it again where you closed it.",
            ));
        }
        if earlier {
            return Err(UpdateError::Meaning(
                "People have voted, so you can only set a later closing time. To end it earlier, close the poll.",
            ));
        }
        if !self.keeps_choices(new) {
            return Err(UpdateError::Meaning(
                "People have voted, so you can’t remove a choice: somebody may have voted for it.",
            ));
        }
        let keys = new.choices.iter().map(|choice| choice.key.as_str());
        if !keys.take(self.choices.len()).eq(self.keys()) {
            // Lots are drawn for places.
            return Err(UpdateError::Meaning(
                "People have voted, so the choices keep their order, and new ones come last.",
            ));
        }
        if self.swaps_names(new) {
            return Err(UpdateError::Meaning(
                "People have voted, and one choice has the name that another had. Those who voted for it meant the other.",
            ));
        }
        if old.settings.closes_at.is_some_and(|end| end <= super::now()) && new.choices.len() > self.choices.len() {
            return Err(UpdateError::Meaning("The poll is closed, so nobody could vote for a new choice."));
        }
        if new.choices.len() > self.choices.len() && !confirmed {
            return Err(UpdateError::Unconfirmed);
        }
        Ok(())
    }

    /// Whether a choice is to have the name that another one has.
    fn swaps_names(&self, new: &NewPoll) -> bool {
        let names: HashMap<String, &str> =
            self.choices.iter().map(|choice| (skeleton(&choice.label), choice.key.as_str())).collect();
        new.choices.iter().any(|choice| names.get(&skeleton(&choice.label)).is_some_and(|key| *key != choice.key))
    }

    /// Whether no choice is taken out.
    pub(super) fn keeps_choices(&self, new: &NewPoll) -> bool {
        let kept: HashSet<&str> = new.choices.iter().map(|choice| choice.key.as_str()).collect();
        self.keys().all(|key| kept.contains(key))
    }
}
