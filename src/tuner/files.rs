//! Data files in memory.

/// A data file in memory. Its name determines its format, and appears in messages.
pub struct DataFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The data files of a run.
pub struct DataFiles {
    pub train: DataFile,
    pub validation: Option<DataFile>,
    pub test: Option<DataFile>,
}
