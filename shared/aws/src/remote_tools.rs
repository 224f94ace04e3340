//! The tools that run elsewhere, as stored: one item each, all of a company in one partition.

use countersign_core::{
    Tenant,
    remote::{RemoteTool, WrongTool},
};

use crate::{
    business::Business,
    error::Error,
    item::{text, with_body},
    keys,
};

/// A tool that was not stored.
#[derive(Debug, thiserror::Error)]
pub enum NotStored {
    /// It can't work as written.
    #[error(transparent)]
    Wrong(#[from] WrongTool),
    /// The call failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl Business {
    /// Every tool that runs elsewhere, by name, enabled or not. One query per megabyte, which is 60
    /// of the largest and some thousand usual ones.
    ///
    /// # Errors
    /// When a call fails or what is stored can't be read.
    pub async fn remote_tools(&self, tenant: &Tenant) -> Result<Vec<RemoteTool>, Error> {
        let pk = text(keys::remote_tools(tenant));
        self.all(pk, None, "reading the tools that run elsewhere")
            .await
    }

    /// The tool of this name, enabled or not, whatever is wrong with others. One read.
    ///
    /// # Errors
    /// When the call fails or what is stored can't be read.
    pub async fn remote_tool(
        &self,
        tenant: &Tenant,
        name: &str,
    ) -> Result<Option<RemoteTool>, Error> {
        let key = keys::remote_tool(tenant, name);
        self.get(key, "reading a tool that runs elsewhere").await
    }

    /// Stores a tool, in place of the one of its name. One write.
    ///
    /// # Errors
    /// When it can't work as written, or the call fails.
    pub async fn put_remote_tool(
        &self,
        tenant: &Tenant,
        tool: &RemoteTool,
    ) -> Result<(), NotStored> {
        tool.check()?;
        let key = keys::remote_tool(tenant, &tool.name);
        let item = with_body(key, "storing a tool that runs elsewhere", tool)?;
        self.put_item(item).await?;
        Ok(())
    }
}
