//! The templates that a company has registered with its providers, as stored: one item each, all of a
//! company in one partition.

use countersign_core::{Tenant, window::MessageTemplate};

use crate::{
    business::Business,
    error::Error,
    item::{text, with_body},
    keys,
};

impl Business {
    /// Every registered template, by name. One query per megabyte, which is a thousand of them.
    ///
    /// # Errors
    /// When a call fails or what is stored can't be read.
    pub async fn message_templates(&self, tenant: &Tenant) -> Result<Vec<MessageTemplate>, Error> {
        let pk = text(keys::templates(tenant));
        self.all(pk, None, "reading the registered templates").await
    }

    /// Stores a template that was checked, in place of the one of its name. One write.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn put_message_template(
        &self,
        tenant: &Tenant,
        template: &MessageTemplate,
    ) -> Result<(), Error> {
        let key = keys::template(tenant, &template.name);
        let item = with_body(key, "storing a registered template", template)?;
        self.put_item(item).await
    }
}
