//! Old Excel workbooks (xls, as Excel 97 to 2003 wrote them): the streams of a compound file, and the cells of the
//! sheets in one of them. Nothing in them is trusted: every offset is checked, and the length of every chain is
//! bounded.

use std::ops::ControlFlow;

/// The value of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Number(f64),
    /// Days since the epoch of the workbook.
    Date(f64),
    /// Days, of which there may be more than one.
    Duration(f64),
    Text(String),
    Bool(bool),
    Error,
}

/// A sheet of cells, and the offset of its records.
#[derive(Debug)]
pub struct Sheet {
    pub name: String,
    pub is_hidden: bool,
    at: usize,
}

/// A workbook without the cells of its sheets.
#[derive(Debug)]
pub struct Workbook {
    pub sheets: Vec<Sheet>,
    /// Whether days are counted from 1904.
    pub is_1904: bool,
    stream: Vec<u8>,
    strings: Vec<String>,
    /// The kind of number of each cell format.
    kinds: Vec<Kind>,
}

/// The meaning of the numbers of a cell format.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Number,
    Date,
    Duration,
}

type Result<T> = std::result::Result<T, String>;

const END: &str = "it ends too early";

impl Workbook {
    /// # Errors
    /// The file is damaged, has a password, or is older than Excel 97.
    pub fn new(bytes: &[u8]) -> Result<Self> {
        let stream = workbook_stream(bytes)?;
        let mut workbook =
            Workbook { sheets: Vec::new(), is_1904: false, stream, strings: Vec::new(), kinds: Vec::new() };
        let (mut sheets, mut strings, mut formats, mut cell_formats) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut is_1904 = false;
        records(&workbook.stream, 0, |record| {
            let data = record.first();
            match record.kind {
                0x0809 if u16_at(data, 0)? != 0x0600 => return Err("it is older than Excel 97".into()),
                0x002F => return Err("it has a password".into()),
                0x0022 => is_1904 = u16_at(data, 0)? == 1,
                0x0085 => {
                    let (at, state, kind) = (u32_at(data, 0)?, byte_at(data, 4)?, byte_at(data, 5)?);
                    let mut reader = Reader::new(&record.parts, 6);
                    let count = usize::from(reader.byte()?);
                    let name = reader.text(count)?;
                    if kind == 0 {
                        sheets.push(Sheet { name, is_hidden: state & 3 != 0, at: at as usize });
                    }
                }
                0x041E => {
                    let mut reader = Reader::new(&record.parts, 2);
                    let count = usize::from(reader.u16()?);
                    formats.push((u16_at(data, 0)?, kind_of(&reader.text(count)?)));
                }
                0x00E0 => cell_formats.push(u16_at(data, 2)?),
                0x00FC => strings = shared_strings(&record.parts)?,
                0x000A => return Ok(ControlFlow::Break(())),
                _ => {}
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let kind = |format: u16| match formats.iter().find(|(number, _)| *number == format) {
            Some((_, kind)) => *kind,
            None => match format {
                14..=22 | 27..=36 | 50..=58 => Kind::Date,
                45..=47 => Kind::Duration,
                _ => Kind::Number,
            },
        };
        workbook.kinds = cell_formats.into_iter().map(kind).collect();
        (workbook.sheets, workbook.strings, workbook.is_1904) = (sheets, strings, is_1904);
        Ok(workbook)
    }

    /// Passes the row, column and value of every filled cell of a sheet to `give`, in any order, until `give` breaks.
    ///
    /// # Errors
    /// The sheet is damaged.
    pub fn cells(
        &self,
        sheet: &Sheet,
        mut give: impl FnMut(u32, u32, Value) -> ControlFlow<()>,
    ) -> Result<()> {
        // charts in a sheet have records of their own, with ends of their own
        let mut depth = 0;
        let mut formula = None;
        records(&self.stream, sheet.at, |record| {
            let data = record.first();
            match record.kind {
                0x0809 => depth += 1,
                0x000A => {
                    depth -= 1;
                    if depth <= 0 {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                _ => {}
            }
            if depth != 1 {
                return Ok(ControlFlow::Continue(()));
            }
            let place =
                || -> Result<(u32, u32)> { Ok((u32::from(u16_at(data, 0)?), u32::from(u16_at(data, 2)?))) };
            let number = |at: usize, format: usize| -> Result<Value> {
                Ok(self.value(f64::from_bits(u64_at(data, at)?), u16_at(data, format)?))
            };
            let cell = match record.kind {
                0x0203 => Some((place()?, number(6, 4)?)),
                0x027E => Some((place()?, self.value(rk(u32_at(data, 6)?), u16_at(data, 4)?))),
                0x00FD => {
                    let index = u32_at(data, 6)? as usize;
                    let text = self.strings.get(index).ok_or_else(|| format!("it lacks text {index}"))?;
                    Some((place()?, Value::Text(text.clone())))
                }
                0x0204 | 0x00D6 => {
                    let mut reader = Reader::new(&record.parts, 6);
                    let count = usize::from(reader.u16()?);
                    Some((place()?, Value::Text(reader.text(count)?)))
                }
                0x0205 => Some((
                    place()?,
                    match byte_at(data, 7)? {
                        0 => Value::Bool(byte_at(data, 6)? != 0),
                        _ => Value::Error,
                    },
                )),
                0x0006 if u16_at(data, 12)? != 0xFFFF => Some((place()?, number(6, 4)?)),
                0x0006 => {
                    // the result of a formula is a text, in the next record
                    formula = (byte_at(data, 6)? == 0).then(place).transpose()?;
                    match byte_at(data, 6)? {
                        1 => Some((place()?, Value::Bool(byte_at(data, 8)? != 0))),
                        2 => Some((place()?, Value::Error)),
                        _ => None,
                    }
                }
                0x0207 => {
                    let mut reader = Reader::new(&record.parts, 0);
                    let count = usize::from(reader.u16()?);
                    let text = reader.text(count)?;
                    formula.take().map(|place| (place, Value::Text(text)))
                }
                0x00BD => {
                    let (row, first) = place()?;
                    for (column, cell) in (first..).zip(data[4..].chunks_exact(6)) {
                        let value = self.value(rk(u32_at(cell, 2)?), u16_at(cell, 0)?);
                        if give(row, column, value).is_break() {
                            return Ok(ControlFlow::Break(()));
                        }
                    }
                    None
                }
                _ => None,
            };
            Ok(cell.map_or(ControlFlow::Continue(()), |((row, column), value)| give(row, column, value)))
        })
    }

    fn value(&self, number: f64, format: u16) -> Value {
        match self.kinds.get(usize::from(format)) {
            Some(Kind::Date) => Value::Date(number),
            Some(Kind::Duration) => Value::Duration(number),
            _ => Value::Number(number),
        }
    }
}

fn byte_at(data: &[u8], at: usize) -> Result<u8> {
    data.get(at).copied().ok_or_else(|| END.into())
}

fn array_at<const N: usize>(data: &[u8], at: usize) -> Result<[u8; N]> {
    let part = at.checked_add(N).and_then(|end| data.get(at..end)).ok_or(END)?;
    Ok(part.try_into().expect("it has that length"))
}

fn u16_at(data: &[u8], at: usize) -> Result<u16> {
    array_at(data, at).map(u16::from_le_bytes)
}

fn u32_at(data: &[u8], at: usize) -> Result<u32> {
    array_at(data, at).map(u32::from_le_bytes)
}

fn u64_at(data: &[u8], at: usize) -> Result<u64> {
    array_at(data, at).map(u64::from_le_bytes)
}

/// Decodes a number in 30 bits: a whole number, or the higher bits of a fraction. A flag says that it is a hundred
/// times too large.
fn rk(bits: u32) -> f64 {
    let number = match bits & 2 {
        0 => f64::from_bits(u64::from(bits & !3) << 32),
        _ => f64::from(bits.cast_signed() >> 2),
    };
    if bits & 1 == 0 { number } else { number / 100.0 }
}

/// The kind of number that a format such as `dd.mm.yyyy` or `[h]:mm` shows.
fn kind_of(format: &str) -> Kind {
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        match character.to_ascii_lowercase() {
            '"' => drop(characters.by_ref().find(|other| *other == '"')),
            '\\' | '_' | '*' => drop(characters.next()),
            '[' => {
                let inside: String = characters.by_ref().take_while(|other| *other != ']').collect();
                if !inside.is_empty() && inside.to_lowercase().chars().all(|c| matches!(c, 'h' | 'm' | 's')) {
                    return Kind::Duration;
                }
            }
            'y' | 'd' | 'm' | 'h' | 's' => return Kind::Date,
            ';' => break,
            _ => {}
        }
    }
    Kind::Number
}

/// A record and those that continue it.
struct Record<'a> {
    kind: u16,
    parts: Vec<&'a [u8]>,
}

impl<'a> Record<'a> {
    fn first(&self) -> &'a [u8] {
        self.parts[0]
    }
}

/// Passes the records of a stream from an offset on to `give`, until `give` breaks, as it does at the record that ends
/// them.
fn records(
    stream: &[u8],
    mut at: usize,
    mut give: impl FnMut(&Record) -> Result<ControlFlow<()>>,
) -> Result<()> {
    const CONTINUE: u16 = 0x003C;
    let next = |at: &mut usize| -> Option<(u16, &[u8])> {
        let (kind, length) = (u16_at(stream, *at).ok()?, u16_at(stream, at.checked_add(2)?).ok()?);
        let data = stream.get(*at + 4..*at + 4 + usize::from(length))?;
        *at += 4 + data.len();
        Some((kind, data))
    };
    while let Some((kind, data)) = next(&mut at) {
        let mut record = Record { kind, parts: vec![data] };
        while u16_at(stream, at) == Ok(CONTINUE)
            && let Some((_, data)) = next(&mut at)
        {
            record.parts.push(data);
        }
        if give(&record)?.is_break() {
            return Ok(());
        }
    }
    Err(END.into())
}

/// Reads across the parts of a record.
struct Reader<'a> {
    parts: &'a [&'a [u8]],
    part: usize,
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(parts: &'a [&'a [u8]], at: usize) -> Self {
        Reader { parts, part: 0, at }
    }

    /// The rest of the part, or the whole next part.
    fn rest(&mut self) -> Result<&'a [u8]> {
        loop {
            let part = self.parts.get(self.part).ok_or(END)?;
            match part.get(self.at..) {
                Some(rest) if !rest.is_empty() => return Ok(rest),
                _ => (self.part, self.at) = (self.part + 1, 0),
            }
        }
    }

    fn byte(&mut self) -> Result<u8> {
        let byte = self.rest()?[0];
        self.at += 1;
        Ok(byte)
    }

    fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_le_bytes([self.byte()?, self.byte()?]))
    }

    fn u32(&mut self) -> Result<u32> {
        Ok(u32::from(self.u16()?) | u32::from(self.u16()?) << 16)
    }

    fn skip(&mut self, mut bytes: usize) -> Result<()> {
        while bytes > 0 {
            let step = self.rest()?.len().min(bytes);
            self.at += step;
            bytes -= step;
        }
        Ok(())
    }

    /// Reads a text of `count` characters of 16 bits, after a byte of flags for its width and for the data behind it.
    fn text(&mut self, count: usize) -> Result<String> {
        let flags = self.byte()?;
        let runs = if flags & 8 == 0 { 0 } else { usize::from(self.u16()?) };
        let extension = if flags & 4 == 0 { 0 } else { self.u32()? as usize };
        let mut units: Vec<u16> = Vec::new();
        let mut is_wide = flags & 1 != 0;
        while units.len() < count {
            let part = self.part;
            let rest = self.rest()?;
            if self.part != part {
                // each part begins with its own flag for the width
                is_wide = self.byte()? & 1 != 0;
                continue;
            }
            let wanted = count - units.len();
            let taken = match is_wide {
                true => rest.len().min(2 * wanted) & !1,
                false => rest.len().min(wanted),
            };
            if taken == 0 {
                return Err("a character is cut".into());
            }
            match is_wide {
                true => units
                    .extend(rest[..taken].chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]))),
                false => units.extend(rest[..taken].iter().map(|byte| u16::from(*byte))),
            }
            self.at += taken;
        }
        self.skip(4 * runs)?;
        self.skip(extension)?;
        Ok(String::from_utf16_lossy(&units))
    }
}

fn shared_strings(parts: &[&[u8]]) -> Result<Vec<String>> {
    let mut reader = Reader::new(parts, 4);
    let count = reader.u32()?;
    let mut strings = Vec::new();
    for _ in 0..count {
        let characters = usize::from(reader.u16()?);
        strings.push(reader.text(characters)?);
    }
    Ok(strings)
}

/// The stream `Workbook` of a compound file.
fn workbook_stream(bytes: &[u8]) -> Result<Vec<u8>> {
    let file = CompoundFile::new(bytes)?;
    let directory = file.chain(u32_at(bytes, 48)?, None)?;
    let entries = || directory.chunks_exact(128);
    let named = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let length = wide.len() as u16 + 2;
        entries().find(|entry| entry[66] == 2 && u16_at(entry, 64) == Ok(length) && entry.starts_with(&wide))
    };
    let Some(entry) = named("Workbook") else {
        return Err(match named("Book").is_some() {
            true => "it is older than Excel 97".into(),
            false if named("EncryptedPackage").is_some() => "it has a password".into(),
            false => "it has no workbook in it".into(),
        });
    };
    let (start, length) = (u32_at(entry, 116)?, u32_at(entry, 120)? as usize);
    if length >= 4096 {
        return file.chain(start, Some(length));
    }
    let root = entries().find(|entry| entry[66] == 5).ok_or("it has no root")?;
    let small = file.chain(u32_at(root, 116)?, None)?;
    let table = file.chain(u32_at(bytes, 60)?, None)?;
    let mut stream = Vec::new();
    let mut sector = start;
    while stream.len() < length {
        let at = sector as usize * 64;
        stream.extend_from_slice(small.get(at..at + 64).ok_or(END)?);
        sector = u32_at(&table, sector as usize * 4)?;
    }
    stream.truncate(length);
    Ok(stream)
}

/// A file of streams, each a chain of sectors.
struct CompoundFile<'a> {
    bytes: &'a [u8],
    shift: u32,
    /// The next sector of each sector.
    table: Vec<u32>,
}

/// The first number that is not a sector: it and those above mark the end of a chain and the like.
const NO_SECTOR: u32 = 0xFFFF_FFFA;

impl<'a> CompoundFile<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self> {
        let shift = u32::from(u16_at(bytes, 30)?);
        if shift != 9 && shift != 12 {
            return Err(format!("its sectors have 2^{shift} bytes"));
        }
        let mut file = CompoundFile { bytes, shift, table: Vec::new() };
        let entries = |sector: &[u8]| -> Vec<u32> {
            sector
                .chunks_exact(4)
                .map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
                .collect()
        };
        let mut places = entries(bytes.get(76..512).ok_or(END)?);
        let mut next = u32_at(bytes, 68)?;
        // at most as many as the file has sectors
        for _ in 0..bytes.len() >> shift {
            if next >= NO_SECTOR {
                break;
            }
            let mut more = entries(file.sector(next)?);
            next = more.pop().ok_or(END)?;
            places.extend(more);
        }
        let most = bytes.len() >> shift;
        for place in places.into_iter().filter(|place| *place < NO_SECTOR).take(most) {
            let sector = entries(file.sector(place)?);
            file.table.extend(sector);
        }
        Ok(file)
    }

    fn sector(&self, number: u32) -> Result<&'a [u8]> {
        let at = (number as usize + 1) << self.shift;
        let whole = self.bytes.get(at..).filter(|rest| !rest.is_empty()).ok_or(END)?;
        // the last sector may be cut
        Ok(&whole[..whole.len().min(1 << self.shift)])
    }

    /// The bytes of a chain, the first `length` of them if it is given.
    fn chain(&self, mut sector: u32, length: Option<usize>) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while sector < NO_SECTOR && length.is_none_or(|length| bytes.len() < length) {
            bytes.extend_from_slice(self.sector(sector)?);
            if bytes.len() > self.bytes.len() {
                return Err("a chain of sectors has no end".into());
            }
            sector = *self.table.get(sector as usize).ok_or(END)?;
        }
        match length {
            Some(length) if bytes.len() < length => return Err(END.into()),
            Some(length) => bytes.truncate(length),
            None => {}
        }
        Ok(bytes)
    }
}
