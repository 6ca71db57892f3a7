//! Constraints are the rules: a violated one becomes the user's sentence by its name.

use diesel::result::Error;

/// The rules that an input can break: the constraint's name, what SQLite calls it, the sentence.
///
/// SQLite names a CHECK, but for a UNIQUE or PRIMARY KEY it names the columns.
const RULES: [(&str, &str, &str); 11] = [
    ("polls_slug_unique", "polls.slug", "another poll has this slug; pick another one"),
    ("polls_slug_length", "", "a slug has 1 to 64 characters"),
    ("polls_title_length", "", "a title has 1 to 200 characters"),
    ("polls_description_length", "", "a description has up to 10,000 characters"),
    ("polls_closes_after_opening", "", "a poll closes after it opens; change its dates"),
    ("choices_pkey", "choices.poll_id, choices.key", "two choices have the same key; give one of them another"),
    ("choices_label_unique", "choices.poll_id, choices.label", "two choices have the same label; change one of them"),
    ("choices_key_length", "", "a choice's key has 1 to 64 characters; give one where the label makes none"),
    ("choices_label_length", "", "a choice's label has 1 to 200 characters"),
    ("choices_description_length", "", "the line about a choice has up to 1,000 characters"),
    ("organisers_uid_unique", "organisers.uid", "another organiser has this sign-in name; pick another one"),
];

/// What rule an error says was broken, in words for the user; `None` for an error of another kind.
pub fn broken_rule(error: &Error) -> Option<&'static str> {
    let Error::DatabaseError(_, info) = error else { return None };
    let message = info.message();
    RULES
        .iter()
        .find(|(name, columns, _)| match info.constraint_name() {
            Some(constraint) => constraint == *name,
            None => {
                message.ends_with(&format!(": {name}"))
                    || (!columns.is_empty() && message.ends_with(&format!(": {columns}")))
            }
        })
        .map(|(_, _, sentence)| *sentence)
}
