//! JPEG: how many bytes its decoder needs for a pixel, computed from the header.

/// How the pixels are stored.
struct Header {
    /// In one pass from top to bottom, with all colours together.
    sequential: bool,
    /// The number of colours.
    components: u8,
    /// The position at which the pixels begin.
    scan: usize,
}

/// The bytes that the decoder needs for a pixel: three for the result, and two for each colour where the picture comes in
/// several passes. `None` for an incomplete file.
pub fn bytes_per_pixel(file: &[u8]) -> Option<u64> {
    let header = header(file);
    let scan = header.as_ref().map_or(2, |header| header.scan);
    // Without the end marker the file is incomplete, and the decoder would fill the rest with grey.
    file.get(scan..)?.windows(2).find(|pair| *pair == [0xFF, 0xD9])?;
    Some(match header {
        Some(Header { sequential: true, .. }) => 3,
        Some(Header { components, .. }) => 3 + 2 * u64::from(components.min(4)),
        None => 3 + 2 * 4,
    })
}

/// Reads the segments before the pixels; `None` where one of them is unusual.
fn header(file: &[u8]) -> Option<Header> {
    let mut at = 2;
    let mut frame: Option<(u8, u8)> = None;
    loop {
        while file.get(at..at + 2)? == [0xFF, 0xFF] {
            at += 1;
        }
        let &[0xFF, marker, high, low] = file.get(at..at + 4)? else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let segment = file.get(at + 4..at + 2 + length)?;
        at += 2 + length;
        match marker {
            // The start of a frame, of which there is one.
            0xC0..=0xC2 if frame.is_none() => frame = Some((marker, *segment.get(5)?)),
            // The start of a scan, with the number of its colours.
            0xDA => {
                let (kind, components) = frame?;
                let sequential = kind != 0xC2 && segment.first() == Some(&components);
                return Some(Header { sequential, components, scan: at });
            }
            // Tables, what applications add, comments.
            0xC4 | 0xDB | 0xDD | 0xE0..=0xEF | 0xFE => {}
            _ => return None,
        }
    }
}
