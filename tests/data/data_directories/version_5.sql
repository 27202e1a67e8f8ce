BEGIN TRANSACTION;
CREATE TABLE chunks (
	pool_key INTEGER NOT NULL, 
	first_row INTEGER NOT NULL, 
	row_count INTEGER NOT NULL, 
	crc32 INTEGER NOT NULL, 
	PRIMARY KEY (pool_key, first_row), 
	FOREIGN KEY(pool_key) REFERENCES pools (pool_key)
)
 WITHOUT ROWID

;
INSERT INTO "chunks" VALUES(1,0,3,1003703382);
INSERT INTO "chunks" VALUES(1,3,2,1997416280);
CREATE TABLE copies (
	pool_key INTEGER NOT NULL, 
	item_id TEXT NOT NULL, 
	kept_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	evidence TEXT NOT NULL, 
	compared_with TEXT NOT NULL, 
	found_at FLOAT NOT NULL, 
	is_restored INTEGER NOT NULL, 
	PRIMARY KEY (pool_key, item_id), 
	FOREIGN KEY(pool_key, item_id) REFERENCES items (pool_key, item_id), 
	FOREIGN KEY(pool_key) REFERENCES pools (pool_key)
)
 WITHOUT ROWID

;
CREATE TABLE draws (
	pool_key INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	item_id TEXT NOT NULL, 
	arm TEXT NOT NULL, 
	eligible INTEGER NOT NULL, 
	PRIMARY KEY (pool_key, number), 
	FOREIGN KEY(pool_key, item_id) REFERENCES items (pool_key, item_id), 
	FOREIGN KEY(pool_key) REFERENCES pools (pool_key)
)
 WITHOUT ROWID

;
INSERT INTO "draws" VALUES(1,1,'i4','control',3);
CREATE TABLE events (
	pool_key INTEGER NOT NULL, 
	sequence INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	item_id TEXT NOT NULL, 
	at FLOAT NOT NULL, 
	label TEXT NOT NULL, 
	annotator TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	predicted TEXT DEFAULT '' NOT NULL, 
	draw INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (pool_key, sequence), 
	FOREIGN KEY(pool_key, item_id) REFERENCES items (pool_key, item_id), 
	FOREIGN KEY(pool_key) REFERENCES pools (pool_key)
)
 WITHOUT ROWID

;
INSERT INTO "events" VALUES(1,1,'labelled','i1',7.0,'ripe','ann','','',0);
INSERT INTO "events" VALUES(1,2,'skipped','i2',8.0,'','bo','blurred','',0);
INSERT INTO "events" VALUES(1,3,'relabelled','i1',9.0,'green','ann','','',0);
INSERT INTO "events" VALUES(1,4,'labelled','i4',10.0,'ripe','ann','','green',1);
CREATE TABLE examples (
	pool_key INTEGER NOT NULL, 
	example_id TEXT NOT NULL, 
	label TEXT NOT NULL, 
	content_hash TEXT NOT NULL, 
	vector BLOB NOT NULL, 
	created_at FLOAT NOT NULL, 
	annotator TEXT NOT NULL, 
	PRIMARY KEY (pool_key, example_id), 
	FOREIGN KEY(pool_key) REFERENCES pools (pool_key)
)
 WITHOUT ROWID

;
INSERT INTO "examples" VALUES(1,'e1','ripe','h',X'0000803F0000004000004040',7.5,'ann');
CREATE TABLE items (
	pool_key INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	item_id TEXT NOT NULL, 
	content_hash TEXT NOT NULL, 
	metadata TEXT NOT NULL, 
	holdout INTEGER DEFAULT 0 NOT NULL, 
	gold TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (pool_key, position), 
	UNIQUE (pool_key, item_id), 
	FOREIGN KEY(pool_key) REFERENCES pools (pool_key)
)
 WITHOUT ROWID

;
INSERT INTO "items" VALUES(1,0,'i0','h0','{"n": "0"}',0,'');
INSERT INTO "items" VALUES(1,1,'i1','h1','{"n": "1"}',0,'');
INSERT INTO "items" VALUES(1,2,'i2','h2','{"n": "2"}',0,'');
INSERT INTO "items" VALUES(1,3,'i3','h3','{"n": "3"}',0,'');
INSERT INTO "items" VALUES(1,4,'i4','h4','{"n": "4"}',0,'');
CREATE TABLE leases (
	pool_key INTEGER NOT NULL, 
	lease_id TEXT NOT NULL, 
	annotator TEXT NOT NULL, 
	expires_at FLOAT NOT NULL, 
	item_ids TEXT NOT NULL, 
	number INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (pool_key, lease_id), 
	FOREIGN KEY(pool_key) REFERENCES pools (pool_key)
)
 WITHOUT ROWID

;
INSERT INTO "leases" VALUES(1,'l','ann',1000060.25,'["i3", "i0"]',0);
CREATE TABLE meta (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('schema_version','5');
CREATE TABLE pools (
	pool_key INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	pool_id TEXT NOT NULL, 
	folder TEXT NOT NULL, 
	config TEXT NOT NULL, 
	UNIQUE (pool_id), 
	UNIQUE (folder)
);
INSERT INTO "pools" VALUES(1,'fruits','4e033720495351954119ed25d2f6005c','{"pool_id": "fruits", "dimension": 3, "metric": "cosine", "strategy": "default", "vote_neighbours": 10, "vote_weighting": "similarity", "vote_model": null, "classes": [], "seed": 0, "featurizer": "", "fingerprint": null, "created_at": 0.0, "holdout_share": 0.0, "control_share": 0.0, "overlap": 1, "consensus": "majority", "gold_share": 0.0, "gold_secret": "", "copies": "keep", "carry_labels": false, "views": [], "known_share": null, "isolation": null}');
CREATE TABLE receipt_pools (
	request_id TEXT NOT NULL, 
	about_pool INTEGER NOT NULL, 
	PRIMARY KEY (request_id, about_pool), 
	FOREIGN KEY(request_id) REFERENCES receipts (request_id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "receipt_pools" VALUES('r',1);
CREATE TABLE receipts (
	request_id TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	answer BLOB NOT NULL, 
	at FLOAT NOT NULL, 
	PRIMARY KEY (request_id)
);
INSERT INTO "receipts" VALUES('r','d',X'00616E73776572',1000000.0);
CREATE TABLE sketches (
	pool_key INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	digests TEXT NOT NULL, 
	body BLOB NOT NULL, 
	PRIMARY KEY (pool_key, position), 
	FOREIGN KEY(pool_key, position) REFERENCES items (pool_key, position), 
	FOREIGN KEY(pool_key) REFERENCES pools (pool_key)
);
CREATE INDEX ix_receipts_at ON receipts (at);
CREATE INDEX ix_receipt_pools_about_pool ON receipt_pools (about_pool);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('pools',1);
COMMIT;
