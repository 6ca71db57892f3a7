//! The bars: what the server must reach beside the bare Rocket, or beside itself.

/// A ratio below this part of its bar fails the benchmark: what is between is the machine's noise.
const TOLERANCE: f64 = 0.8;

/// The ratios that were measured.
#[derive(Default)]
pub struct Bars(Vec<Ratio>);

struct Ratio {
    name: String,
    value: f64,
    bar: f64,
}

impl Bars {
    /// Adds a ratio with the bar that it must reach.
    pub fn add(&mut self, name: String, value: f64, bar: f64) {
        self.0.push(Ratio { name, value, bar });
    }

    /// Prints each ratio beside its bar; whether all reach at least [`TOLERANCE`] of theirs.
    pub fn report(&self) -> bool {
        if self.0.is_empty() {
            return true;
        }
        println!("\n## Bars (a ratio below {TOLERANCE} of its bar fails)");
        println!("{:44} {:>6} {:>6}", "ratio", "value", "bar");
        for Ratio { name, value, bar } in &self.0 {
            let verdict = match value / bar {
                part if part < TOLERANCE => "FAILED",
                part if part < 1.0 => "below the bar",
                _ => "ok",
            };
            println!("{name:44} {value:6.2} {bar:6.2}  {verdict}");
        }
        self.0.iter().all(|ratio| ratio.value >= TOLERANCE * ratio.bar)
    }
}
