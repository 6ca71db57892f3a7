//! WebP: how much memory its decoder needs, computed from the chunks of the file.

use super::lossless;

/// What decoding takes, in bytes.
pub struct Needs {
    /// For each pixel.
    pub per_pixel: u64,
    /// For the tables of a lossless picture, or of the transparency.
    pub tables: u64,
}

/// What a picture of these dimensions needs; `None` where its chunks claim other sizes, which the decoder would not
/// notice.
pub fn needs(file: &[u8], dimensions: (u32, u32)) -> Option<Needs> {
    let mut needs = Needs { per_pixel: 5, tables: 0 };
    let mut animated = false;
    for (kind, chunk) in chunks(file.get(12..)?)? {
        if &kind != b"ANMF" {
            needs.add(kind, chunk, dimensions)?;
        } else if !animated {
            animated = true;
            for (kind, chunk) in chunks(chunk.get(16..)?)? {
                needs.add(kind, chunk, dimensions)?;
            }
        }
    }
    if animated {
        // The frame, and the canvas that it is laid on.
        needs.per_pixel = 15;
    }
    Some(needs)
}

impl Needs {
    fn add(&mut self, kind: [u8; 4], chunk: &[u8], (width, height): (u32, u32)) -> Option<()> {
        let stream = match &kind {
            b"VP8 " => {
                let side =
                    |at: usize| Some(u32::from(u16::from_le_bytes([*chunk.get(at)?, *chunk.get(at + 1)?]) & 0x3FFF));
                return (side(6)? <= width && side(8)? <= height).then_some(());
            }
            b"VP8L" => lossless::table_bytes(chunk, None)?,
            b"ALPH" if chunk.first()? & 3 == 1 => lossless::table_bytes(&chunk[1..], Some((width, height)))?,
            b"ALPH" => 0,
            _ => return Some(()),
        };
        self.per_pixel = self.per_pixel.max(11);
        self.tables += stream;
        Some(())
    }
}

/// The chunks one after the other; `None` where one claims to be longer than the file.
fn chunks(mut rest: &[u8]) -> Option<Vec<([u8; 4], &[u8])>> {
    let mut chunks = Vec::new();
    while let Some((&[a, b, c, d, size @ ..], body)) = rest.split_first_chunk::<8>() {
        let size = usize::try_from(u32::from_le_bytes(size)).ok()?;
        chunks.push(([a, b, c, d], body.get(..size)?));
        rest = body.get(size + size % 2..).unwrap_or_default();
    }
    Some(chunks)
}
