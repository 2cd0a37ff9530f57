//! The methods by name.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// How a run chooses what to update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Every parameter in every step.
    Full,
    /// DPS dense: in stage II the gradient of each matrix is masked to its subnetwork.
    #[default]
    DpsDense,
}

impl Method {
    pub const ALL: [Method; 2] = [Method::Full, Method::DpsDense];

    pub fn name(self) -> &'static str {
        match self {
            Method::Full => "full",
            Method::DpsDense => "dps-dense",
        }
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Method {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Method::ALL.into_iter().find(|method| method.name() == name).ok_or_else(|| {
            let known = Method::ALL.map(Method::name).join(", ");
            Error::Usage(format!("there is no method \"{name}\"; expected one of {known}"))
        })
    }
}

/// What happens in stage II to the entries that are not selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Frozen {
    /// Their gradient is zero; momentum and weight decay still act, as in the paper's released code.
    #[default]
    Reference,
    /// Weight and both moments stay exactly as they are.
    Strict,
}

impl FromStr for Frozen {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "reference" => Ok(Frozen::Reference),
            "strict" => Ok(Frozen::Strict),
            _ => Err(Error::Usage(format!("--frozen is \"{name}\"; expected reference or strict"))),
        }
    }
}
