//! Queues: creating, finding, describing, changing, purging and deleting them.

use rusqlite::{TransactionBehavior, params};

use super::{
    ACCOUNT, ARN_PREFIX, SqsError,
    attributes::{NAMES, QueueAttributes},
    inspect::counts,
    message::within,
    protocol::{
        Attributes, CreateQueue, Done, GetQueueAttributes, GetQueueUrl, ListQueues, OneQueue,
        QueueUrl, QueueUrls, SetQueueAttributes, required,
    },
    redrive::is_name,
    store::{Millis, Queue, Store},
};

/// The attributes that cannot be set.
const COUNTED: [&str; 6] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];

impl Store {
    /// Creates a queue. One that is there is found, unless an attribute that was given differs.
    pub fn create_queue(
        &mut self,
        request: CreateQueue,
        host: &str,
        now: Millis,
    ) -> Result<QueueUrl, SqsError> {
        let name = required("QueueName", request.queue_name)?;
        let attributes = self.new_attributes(&name, &request.attributes)?;
        let queue_url = url(host, &name);
        if let Some(queue) = self.queues.get(&name) {
            let differs =
                |attribute: &&String| queue.attributes.get(attribute) != attributes.get(attribute);
            return match request.attributes.keys().find(differs) {
                Some(attribute) => Err(SqsError::QueueNameExists(attribute.clone())),
                None => Ok(QueueUrl { queue_url }),
            };
        }
        self.connection.execute(
            "INSERT INTO queues (name, attributes, created_at, modified_at) VALUES (?1, ?2, ?3, ?3)",
            params![name, serde_json::to_string(&attributes)?, now],
        )?;
        let queue = Queue {
            id: self.connection.last_insert_rowid(),
            name: name.clone(),
            attributes,
            created_at: now,
            modified_at: now,
            purged_at: None,
            polls: Default::default(),
        };
        self.queues.insert(name, queue);
        Ok(QueueUrl { queue_url })
    }

    /// Deletes a queue with all that is in it.
    pub fn delete_queue(&mut self, request: OneQueue) -> Result<Done, SqsError> {
        let (transaction, queue, _) = self.begin(request.queue_url.as_deref())?;
        for statement in [
            "DELETE FROM messages WHERE queue = ?1",
            "DELETE FROM deduplications WHERE queue = ?1",
            "DELETE FROM queues WHERE id = ?1",
        ] {
            transaction.execute(statement, [queue.id])?;
        }
        transaction.commit()?;
        queue.wake();
        let name = queue.name.clone();
        self.queues.remove(&name);
        Ok(Done {})
    }

    pub fn get_queue_url(&self, request: GetQueueUrl, host: &str) -> Result<QueueUrl, SqsError> {
        let name = required("QueueName", request.queue_name)?;
        let queue = self.queues.get(&name).ok_or(SqsError::QueueDoesNotExist)?;
        Ok(QueueUrl {
            queue_url: url(host, &queue.name),
        })
    }

    /// Lists queues by name. A page ends with the name that the next one goes on after.
    pub fn list_queues(&self, request: ListQueues, host: &str) -> Result<QueueUrls, SqsError> {
        let limit = match request.max_results {
            Some(limit) => within("MaxResults", limit, 1, 1000)? as usize,
            None => 1000,
        };
        let prefix = request.queue_name_prefix.unwrap_or_default();
        let after = request.next_token.unwrap_or_default();
        let names = self.queues.keys();
        let mut names = names.filter(|name| name.starts_with(&prefix) && **name > after);
        let page: Vec<&String> = names.by_ref().take(limit).collect();
        let more = request.max_results.is_some() && names.next().is_some();
        Ok(QueueUrls {
            queue_urls: page.iter().map(|name| url(host, name)).collect(),
            next_token: page.last().filter(|_| more).map(|name| (*name).clone()),
        })
    }

    pub fn get_queue_attributes(
        &mut self,
        request: GetQueueAttributes,
        now: Millis,
    ) -> Result<Attributes, SqsError> {
        let queue = self.queue(request.queue_url.as_deref())?;
        queue.expire(&self.connection, now)?;
        let counts = counts(&self.connection, queue, now)?;
        let known = || COUNTED.into_iter().chain(NAMES);
        let mut asked = Vec::new();
        for name in &request.attribute_names {
            match known().find(|known| known == name) {
                Some(name) => asked.push(name),
                None if name == "All" => asked.extend(known()),
                None => return Err(SqsError::InvalidAttributeName(name.clone())),
            }
        }
        let value = |name| match name {
            "ApproximateNumberOfMessages" => Some(counts.visible.to_string()),
            "ApproximateNumberOfMessagesDelayed" => Some(counts.delayed.to_string()),
            "ApproximateNumberOfMessagesNotVisible" => Some(counts.in_flight.to_string()),
            "CreatedTimestamp" => Some((queue.created_at / 1000).to_string()),
            "LastModifiedTimestamp" => Some((queue.modified_at / 1000).to_string()),
            "QueueArn" => Some(format!("{ARN_PREFIX}{}", queue.name)),
            settable => queue.attributes.get(settable),
        };
        let attributes = asked
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), value(name)?)));
        Ok(Attributes {
            attributes: attributes.collect(),
        })
    }

    /// Changes a queue. On a FIFO queue a new delay applies to what already waits for the old one.
    pub fn set_queue_attributes(
        &mut self,
        request: SetQueueAttributes,
        now: Millis,
    ) -> Result<Done, SqsError> {
        let queue = self.queue(request.queue_url.as_deref())?;
        let mut attributes = queue.attributes.clone();
        for (name, value) in &request.attributes {
            attributes.set(name, value)?;
        }
        self.check_attributes(&queue.name, &attributes)?;
        let name = queue.name.clone();
        let Some(queue) = self.queues.get_mut(&name) else {
            return Err(SqsError::QueueDoesNotExist);
        };
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "UPDATE queues SET attributes = ?2, modified_at = ?3 WHERE id = ?1",
            params![queue.id, serde_json::to_string(&attributes)?, now],
        )?;
        if queue.is_fifo() && attributes.delay_seconds != queue.attributes.delay_seconds {
            transaction.execute(
                "UPDATE messages SET visible_at = sent_at + ?2 WHERE queue = ?1 AND receive_count = 0",
                params![queue.id, Millis::from(attributes.delay_seconds) * 1000],
            )?;
        }
        transaction.commit()?;
        queue.attributes = attributes;
        queue.modified_at = now;
        queue.wake();
        Ok(Done {})
    }

    /// Deletes a queue's messages, in flight or not. What was sent stays a duplicate.
    pub fn purge_queue(&mut self, request: OneQueue, now: Millis) -> Result<Done, SqsError> {
        let (transaction, queue, _) = self.begin(request.queue_url.as_deref())?;
        if queue
            .purged_at
            .is_some_and(|purged_at| now < purged_at + 60_000)
        {
            return Err(SqsError::PurgeQueueInProgress(queue.name.clone()));
        }
        transaction.execute("DELETE FROM messages WHERE queue = ?1", [queue.id])?;
        let mark = "UPDATE queues SET purged_at = ?2 WHERE id = ?1";
        transaction.execute(mark, params![queue.id, now])?;
        transaction.commit()?;
        let name = queue.name.clone();
        if let Some(queue) = self.queues.get_mut(&name) {
            queue.purged_at = Some(now);
        }
        Ok(Done {})
    }

    fn new_attributes(
        &self,
        name: &str,
        given: &super::protocol::Strings,
    ) -> Result<QueueAttributes, SqsError> {
        let is_fifo = given.get("FifoQueue").is_some_and(|value| value == "true");
        if !is_name(name) || name.ends_with(".fifo") != is_fifo {
            return Err(SqsError::InvalidParameterValue(
                "The name of a queue can only include alphanumeric characters, hyphens, or \
                 underscores, 1 to 80 in length. That of a FIFO queue ends with the .fifo suffix, \
                 and its attribute FifoQueue is true."
                    .to_owned(),
            ));
        }
        let mut attributes = match is_fifo {
            true => QueueAttributes::fifo(),
            false => QueueAttributes::standard(),
        };
        for (name, value) in given {
            attributes.set(name, value)?;
        }
        self.check_attributes(name, &attributes)?;
        Ok(attributes)
    }

    fn check_attributes(&self, name: &str, attributes: &QueueAttributes) -> Result<(), SqsError> {
        attributes.check()?;
        match &attributes.redrive_policy {
            None => Ok(()),
            Some(policy) => {
                let target = policy.target().and_then(|target| self.queues.get(target));
                policy.check(name, target)
            }
        }
    }
}

fn url(host: &str, name: &str) -> String {
    format!("http://{host}/{ACCOUNT}/{name}")
}
