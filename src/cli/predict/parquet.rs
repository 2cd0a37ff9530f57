//! Writes labelled rows to a Parquet file: the columns of the input as texts, and a group of rows for each block.

use std::borrow::Cow;
use std::fs::File;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Kind};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::format::{Cell, Header, Labelled};

pub struct ParquetWriter(SerializedFileWriter<File>);

impl ParquetWriter {
    /// Every column is optional: a row may lack a text, and JSON may have null.
    pub fn new(header: &Header, file: File) -> Result<Self> {
        let text = |name: &String| {
            Type::primitive_type_builder(name, Kind::BYTE_ARRAY)
                .with_logical_type(Some(LogicalType::String))
                .with_repetition(Repetition::OPTIONAL)
                .build()
        };
        let number = |name: &String| {
            Type::primitive_type_builder(name, Kind::FLOAT).with_repetition(Repetition::OPTIONAL).build()
        };
        let new = header.new.iter().enumerate().map(|(index, name)| match header.is_text(index) {
            true => text(name),
            false => number(name),
        });
        let fields = header.given.iter().map(text).chain(new).map(|field| Ok(Arc::new(field?)));
        let schema = Type::group_type_builder("rows").with_fields(fields.collect::<Result<_>>()?).build()?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        Ok(ParquetWriter(SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?))
    }

    pub fn rows(&mut self, header: &Header, rows: &[Labelled]) -> Result<()> {
        let cells: Vec<Vec<Cell>> = rows.iter().map(|row| header.cells(row.answer.as_ref())).collect();
        let mut group = self.0.next_row_group()?;
        let mut column = 0;
        while let Some(mut writer) = group.next_column()? {
            let given = header.given.len();
            let mut levels = Vec::with_capacity(rows.len());
            let mut texts = Vec::new();
            let mut numbers = Vec::new();
            for (row, cells) in rows.iter().zip(&cells) {
                let cell = match column < given {
                    true => Cell::Text(Cow::Borrowed(&row.record.fields[column])),
                    false => cells[column - given].clone(),
                };
                levels.push(i16::from(!matches!(cell, Cell::Empty)));
                match cell {
                    Cell::Empty => {}
                    Cell::Text(text) => texts.push(ByteArray::from(&*text)),
                    Cell::Number(number) => numbers.push(number),
                }
            }
            match writer.untyped() {
                ColumnWriter::ByteArrayColumnWriter(writer) => {
                    writer.write_batch(&texts, Some(&levels), None)?
                }
                ColumnWriter::FloatColumnWriter(writer) => {
                    writer.write_batch(&numbers, Some(&levels), None)?
                }
                _ => unreachable!("the schema has texts and floats"),
            };
            writer.close()?;
            column += 1;
        }
        group.close()?;
        Ok(())
    }

    pub fn complete(self) -> Result<()> {
        self.0.close().map(|_| ())
    }
}
