//! Lossless WebP: how much memory its tables of prefix codes take once they are decoded.
//!
//! A picture may have 65,536 groups of five tables, each of a few bits in the file and of up to 70 KB in memory, and the
//! decoder has no limit of its own. So the sizes of the tables are added up here first. The format is that of RFC 9649,
//! section 3.

use super::BUDGET;

/// The longest code, in bits.
const LONGEST: usize = 15;

/// The bytes of a group beside its tables, while the list of groups grows.
const GROUP: u64 = 840;

/// The order in which a stream has the code lengths of the code length code.
const ORDER: [usize; 19] = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// The bytes in memory that the tables of a stream take; counting stops above the budget. A stream without given
/// `dimensions` begins with a header that has them. `None` for a broken stream.
pub fn table_bytes(stream: &[u8], dimensions: Option<(u32, u32)>) -> Option<u64> {
    let mut bits = Bits { bytes: stream, at: 0 };
    let (width, height) = match dimensions {
        Some(dimensions) => dimensions,
        None => {
            bits.read(8)?;
            let dimensions = (bits.read(14)? + 1, bits.read(14)? + 1);
            bits.read(4)?;
            dimensions
        }
    };
    let mut width = width;
    while bits.read(1)? == 1 {
        match bits.read(2)? {
            0 | 1 => {
                let block = bits.read(3)? + 2;
                bits.image(parts(width, block), parts(height, block))?;
            }
            2 => {}
            _ => {
                let colours = bits.read(8)? + 1;
                bits.image(colours, 1)?;
                width = parts(width, [3, 2, 1, 1, 0][[2, 4, 16, 16].iter().filter(|most| colours > **most).count()]);
            }
        }
    }
    let cache = bits.cache()?;
    let mut groups = 1;
    if bits.read(1)? == 1 {
        let block = bits.read(3)? + 2;
        groups = bits.image(parts(width, block), parts(height, block))? + 1;
    }
    let mut total = 0;
    for _ in 0..groups {
        total += GROUP + bits.group(cache)?.iter().map(Code::table_bytes).sum::<u64>();
        if total > BUDGET {
            break;
        }
    }
    Some(total)
}

/// How many blocks of 2^`bits` cover a side.
fn parts(side: u32, bits: u32) -> u32 {
    side.div_ceil(1 << bits)
}

/// A stream, read from the lowest bit of its first byte on.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn read(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for i in 0..count {
            value |= u32::from(self.bytes.get(self.at / 8)? >> (self.at % 8) & 1) << i;
            self.at += 1;
        }
        Some(value)
    }

    /// The number of colours in the cache.
    fn cache(&mut self) -> Option<usize> {
        if self.read(1)? == 0 { Some(0) } else { Some(1 << self.read(4)?.min(11)) }
    }

    /// Reads an image inside the image, and gives the greatest number that red and green form in a pixel.
    fn image(&mut self, width: u32, height: u32) -> Option<u32> {
        let cache = self.cache()?;
        let [green, red, blue, alpha, distance] = self.group(cache)?;
        let (mut left, mut greatest) = (u64::from(width) * u64::from(height), 0);
        while left > 0 {
            let symbol = green.symbol(self)?;
            left = left.saturating_sub(match symbol {
                0..256 => {
                    greatest = greatest.max(red.symbol(self)? << 8 | symbol);
                    blue.symbol(self)?;
                    alpha.symbol(self)?;
                    1
                }
                256..280 => {
                    let length = self.number(symbol - 256)?;
                    let prefix = distance.symbol(self)?;
                    self.number(prefix)?;
                    u64::from(length)
                }
                _ => 1,
            });
        }
        Some(greatest)
    }

    /// The number with this prefix code.
    fn number(&mut self, prefix: u32) -> Option<u32> {
        if prefix < 4 {
            return Some(prefix + 1);
        }
        let extra = (prefix - 2) >> 1;
        Some(((2 + (prefix & 1)) << extra) + self.read(extra)? + 1)
    }

    /// The codes of green, red, blue, alpha and distances.
    fn group(&mut self, cache: usize) -> Option<[Code; 5]> {
        Some([self.code(280 + cache)?, self.code(256)?, self.code(256)?, self.code(256)?, self.code(40)?])
    }

    fn code(&mut self, alphabet: usize) -> Option<Code> {
        if self.read(1)? == 1 {
            let two = self.read(1)? == 1;
            let wide = self.read(1)?;
            let mut symbols = vec![self.read(1 + 7 * wide)?];
            if two {
                symbols.push(self.read(8)?);
            }
            let mut counts = [0; LONGEST + 1];
            counts[1] = symbols.len();
            return Some(Code { counts, symbols });
        }
        let mut lengths = [0; 19];
        for place in &ORDER[..4 + usize::try_from(self.read(4)?).ok()?] {
            lengths[*place] = self.read(3)?;
        }
        let code = Code::new(&lengths)?;
        let most = if self.read(1)? == 1 {
            let width = 2 + 2 * self.read(3)?;
            2 + self.read(width)?
        } else {
            u32::MAX
        };
        let (mut lengths, mut before) = (Vec::with_capacity(alphabet), 8);
        for _ in 0..most {
            if lengths.len() >= alphabet {
                break;
            }
            let (length, times) = match code.symbol(self)? {
                16 => (before, 3 + self.read(2)?),
                17 => (0, 3 + self.read(3)?),
                18 => (0, 11 + self.read(7)?),
                length => (length, 1),
            };
            lengths.extend((0..times).map(|_| length));
            if length != 0 {
                before = length;
            }
        }
        Code::new(&lengths)
    }
}

/// A canonical prefix code: how many symbols have a code of each length, and the symbols in the codes' order.
struct Code {
    counts: [usize; LONGEST + 1],
    symbols: Vec<u32>,
}

impl Code {
    fn new(lengths: &[u32]) -> Option<Self> {
        let mut counts = [0; LONGEST + 1];
        let mut used: Vec<(u32, u32)> = (0..).zip(lengths).filter(|(_, l)| **l > 0).map(|(s, l)| (*l, s)).collect();
        used.sort_unstable();
        for (length, _) in &used {
            *counts.get_mut(usize::try_from(*length).ok()?)? += 1;
        }
        (!used.is_empty()).then(|| Self { counts, symbols: used.into_iter().map(|(_, symbol)| symbol).collect() })
    }

    fn symbol(&self, bits: &mut Bits<'_>) -> Option<u32> {
        if let [only] = self.symbols[..] {
            return Some(only);
        }
        let (mut code, mut first, mut index) = (0, 0, 0);
        for count in &self.counts[1..] {
            code |= usize::try_from(bits.read(1)?).ok()?;
            if code < first + count {
                return self.symbols.get(index + code.checked_sub(first)?).copied();
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }

    /// The bytes of the decoder's table for codes up to ten bits, and of a tree for the longer ones.
    fn table_bytes(&self) -> u64 {
        let longest = self.counts.iter().rposition(|count| *count > 0).unwrap_or(0);
        let longer: usize = self.counts.iter().skip(11).sum();
        if self.symbols.len() == 1 { 0 } else { 32 + (4 << longest.min(10)) + 32 * longer as u64 }
    }
}
