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
INSERT INTO "chunks" VALUES(1,0,8,762961836);
INSERT INTO "chunks" VALUES(1,8,40,2479054991);
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
INSERT INTO "copies" VALUES(1,'item-003','item-000','augmentation','{"similarity": 0.9, "inliers": 31, "transform": {"mirrored": true, "rotation_degrees": 90.0, "scale": 0.5, "squeeze": 1.0, "shift_x": 0.1, "shift_y": -0.1, "kept": 0.75, "filled": 1.0}, "kinds": ["mirrored", "a \"kept\": word"], "is_identical": false}','item-000',999500.0,0);
INSERT INTO "copies" VALUES(1,'item-005','item-002','duplicate','{"similarity": 1.0, "inliers": 0, "transform": null, "kinds": [], "is_identical": true}','item-002',999502.0,0);
INSERT INTO "copies" VALUES(1,'item-006','item-000','augmentation','{"similarity": 0.8, "inliers": 12, "transform": {"mirrored": true, "rotation_degrees": 90.0, "scale": 0.5, "squeeze": 1.0, "shift_x": 0.1, "shift_y": -0.1, "kept": 0.75, "filled": 1.0}, "kinds": ["turned"], "is_identical": false}','item-003',999501.0,1);
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
INSERT INTO "draws" VALUES(1,1,'item-034','active',40);
INSERT INTO "draws" VALUES(1,2,'item-041','active',39);
INSERT INTO "draws" VALUES(1,3,'item-038','control',38);
INSERT INTO "draws" VALUES(1,4,'item-031','active',37);
INSERT INTO "draws" VALUES(1,5,'item-006','active',36);
INSERT INTO "draws" VALUES(1,6,'item-019','control',35);
INSERT INTO "draws" VALUES(1,7,'item-000','active',34);
INSERT INTO "draws" VALUES(1,8,'item-014','active',31);
INSERT INTO "draws" VALUES(1,9,'item-035','active',30);
INSERT INTO "draws" VALUES(1,10,'item-030','holdout',5);
INSERT INTO "draws" VALUES(1,11,'item-020','holdout',4);
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
INSERT INTO "events" VALUES(1,1,'labelled','item-034',1000010.0,'green','ann','','ripe',1);
INSERT INTO "events" VALUES(1,2,'labelled','item-034',1000020.0,'green','bo','','',0);
INSERT INTO "events" VALUES(1,3,'labelled','item-041',1000030.0,'green','ann','','green',2);
INSERT INTO "events" VALUES(1,4,'labelled','item-041',1000040.0,'green','bo','','',0);
INSERT INTO "events" VALUES(1,5,'labelled','item-038',1000050.0,'green','ann','','green',3);
INSERT INTO "events" VALUES(1,6,'labelled','item-038',1000060.0,'green','bo','','',0);
INSERT INTO "events" VALUES(1,7,'labelled','item-031',1000070.0,'green','ann','','green',4);
INSERT INTO "events" VALUES(1,8,'labelled','item-031',1000080.0,'green','bo','','',0);
INSERT INTO "events" VALUES(1,9,'labelled','item-006',1000090.0,'ripe','ann','','green',5);
INSERT INTO "events" VALUES(1,10,'labelled','item-006',1000100.0,'ripe','bo','','',0);
INSERT INTO "events" VALUES(1,11,'labelled','item-019',1000110.0,'green','ann','','green',6);
INSERT INTO "events" VALUES(1,12,'labelled','item-019',1000120.0,'green','bo','','',0);
INSERT INTO "events" VALUES(1,13,'labelled','item-000',1000130.0,'ripe','ann','','ripe',7);
INSERT INTO "events" VALUES(1,14,'labelled','item-000',1000140.0,'ripe','bo','','',0);
INSERT INTO "events" VALUES(1,15,'labelled','item-002',1000140.0,'green','ann','','',0);
INSERT INTO "events" VALUES(1,16,'labelled','item-002',1000140.0,'green','bo','','',0);
INSERT INTO "events" VALUES(1,17,'relabelled','item-041',1000140.0,'ripe','ann','','green',2);
INSERT INTO "events" VALUES(1,18,'skipped','item-045',1000140.0,'','bo','blurred','',0);
INSERT INTO "events" VALUES(1,19,'excluded','item-046',1000140.0,'','ann','out of focus','',0);
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
INSERT INTO "examples" VALUES(1,'example-1','ripe','example-hash',X'F414EABD8BBFBD3ED87CF03E606AF43E77D1DE3D5D7574BEB75DC9BD5C66113F',1000000.0,'ann');
INSERT INTO "examples" VALUES(1,'example-2','green','example-hash-2',X'9DE20C3F569405BE70CD3ABE7420F43E769B8D3E6771883EEB6600BF084712BE',1000000.0,'ann');
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
INSERT INTO "items" VALUES(1,0,'item-000','hash-0','{"n": "0"}',0,'');
INSERT INTO "items" VALUES(1,1,'item-001','hash-1','{"n": "1"}',0,'');
INSERT INTO "items" VALUES(1,2,'item-002','hash-2','{"n": "2"}',0,'');
INSERT INTO "items" VALUES(1,3,'item-003','hash-3','{"n": "3"}',0,'');
INSERT INTO "items" VALUES(1,4,'item-004','hash-4','{"n": "4"}',0,'');
INSERT INTO "items" VALUES(1,5,'item-005','hash-2','{"n": "5"}',0,'');
INSERT INTO "items" VALUES(1,6,'item-006','hash-6','{"n": "6"}',0,'');
INSERT INTO "items" VALUES(1,7,'item-007','hash-7','{"n": "7"}',0,'');
INSERT INTO "items" VALUES(1,8,'item-008','hash-8','{"n": "8"}',0,'');
INSERT INTO "items" VALUES(1,9,'item-009','hash-9','{"n": "9"}',0,'');
INSERT INTO "items" VALUES(1,10,'item-010','hash-10','{"n": "10"}',0,'');
INSERT INTO "items" VALUES(1,11,'item-011','hash-11','{"n": "11"}',0,'');
INSERT INTO "items" VALUES(1,12,'item-012','hash-12','{"n": "12"}',0,'');
INSERT INTO "items" VALUES(1,13,'item-013','hash-13','{"n": "13"}',1,'');
INSERT INTO "items" VALUES(1,14,'item-014','hash-14','{"n": "14"}',0,'');
INSERT INTO "items" VALUES(1,15,'item-015','hash-15','{"n": "15"}',0,'');
INSERT INTO "items" VALUES(1,16,'item-016','hash-16','{"n": "16"}',0,'');
INSERT INTO "items" VALUES(1,17,'item-017','hash-17','{"n": "17"}',0,'');
INSERT INTO "items" VALUES(1,18,'item-018','hash-18','{"n": "18"}',0,'');
INSERT INTO "items" VALUES(1,19,'item-019','hash-19','{"n": "19"}',0,'');
INSERT INTO "items" VALUES(1,20,'item-020','hash-2','{"n": "20"}',1,'');
INSERT INTO "items" VALUES(1,21,'item-021','hash-2','{"n": "21"}',0,'');
INSERT INTO "items" VALUES(1,22,'item-022','hash-22','{"n": "22"}',0,'');
INSERT INTO "items" VALUES(1,23,'item-023','hash-23','{"n": "23"}',0,'');
INSERT INTO "items" VALUES(1,24,'item-024','hash-24','{"n": "24"}',0,'');
INSERT INTO "items" VALUES(1,25,'item-025','hash-25','{"n": "25"}',0,'');
INSERT INTO "items" VALUES(1,26,'item-026','hash-26','{"n": "26"}',1,'');
INSERT INTO "items" VALUES(1,27,'item-027','hash-27','{"n": "27"}',0,'');
INSERT INTO "items" VALUES(1,28,'item-028','hash-28','{"n": "28"}',0,'');
INSERT INTO "items" VALUES(1,29,'item-029','hash-29','{"n": "29"}',0,'');
INSERT INTO "items" VALUES(1,30,'item-030','hash-30','{"n": "30"}',1,'');
INSERT INTO "items" VALUES(1,31,'item-031','hash-31','{"n": "31"}',0,'');
INSERT INTO "items" VALUES(1,32,'item-032','hash-32','{"n": "32"}',0,'');
INSERT INTO "items" VALUES(1,33,'item-033','hash-33','{"n": "33"}',0,'');
INSERT INTO "items" VALUES(1,34,'item-034','hash-34','{"n": "34"}',0,'');
INSERT INTO "items" VALUES(1,35,'item-035','hash-35','{"n": "35"}',0,'');
INSERT INTO "items" VALUES(1,36,'item-036','hash-36','{"n": "36"}',0,'');
INSERT INTO "items" VALUES(1,37,'item-037','hash-37','{"n": "37"}',0,'');
INSERT INTO "items" VALUES(1,38,'item-038','hash-38','{"n": "38"}',0,'');
INSERT INTO "items" VALUES(1,39,'item-039','hash-39','{"n": "39"}',0,'');
INSERT INTO "items" VALUES(1,40,'item-040','hash-30','{"n": "40"}',0,'');
INSERT INTO "items" VALUES(1,41,'item-041','hash-41','{"n": "41"}',0,'');
INSERT INTO "items" VALUES(1,42,'item-042','hash-42','{"n": "42"}',0,'');
INSERT INTO "items" VALUES(1,43,'item-043','hash-43','{"n": "43"}',1,'');
INSERT INTO "items" VALUES(1,44,'item-044','hash-44','{"n": "44"}',0,'');
INSERT INTO "items" VALUES(1,45,'item-045','hash-45','{"n": "45"}',1,'');
INSERT INTO "items" VALUES(1,46,'item-046','hash-46','{"n": "46"}',0,'');
INSERT INTO "items" VALUES(1,47,'item-047','hash-47','{"n": "47"}',0,'');
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
INSERT INTO "leases" VALUES(1,'536a2cb6a02c466298e2d9d566d61a67','di',1000740.0,'["item-014", "item-035"]',15);
INSERT INTO "leases" VALUES(1,'601f78f847a74189b79aebb7fed07787','ed',1001345.0,'["item-014"]',16);
INSERT INTO "leases" VALUES(1,'b00a1c434bc0468b97c851abdbdbea26','di',1000745.0,'["item-030", "item-020"]',17);
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
INSERT INTO "pools" VALUES(1,'fruits','6916f96e24d2a95ba9ae3f80f060f23c','{"pool_id": "fruits", "dimension": 8, "metric": "cosine", "strategy": "default", "vote_neighbours": 10, "vote_weighting": "similarity", "vote_model": null, "classes": ["green", "ripe"], "seed": 7, "featurizer": "", "fingerprint": null, "created_at": 999000.0, "holdout_share": 0.1, "control_share": 0.3, "overlap": 2, "consensus": "majority", "gold_share": 0.0, "gold_secret": "", "copies": "exact", "carry_labels": true, "views": [], "known_share": 0.95, "isolation": 4.0}');
INSERT INTO "pools" VALUES(2,'alone','efb7f2626b46799a1d4beee1d4caaa08','{"pool_id": "alone", "dimension": 8, "metric": "cosine", "strategy": "default", "vote_neighbours": 10, "vote_weighting": "similarity", "vote_model": null, "classes": [], "seed": 0, "featurizer": "", "fingerprint": null, "created_at": 999001.0, "holdout_share": 0.0, "control_share": 0.0, "overlap": 1, "consensus": "majority", "gold_share": 0.0, "gold_secret": "", "copies": "keep", "carry_labels": false, "views": [], "known_share": null, "isolation": null}');
INSERT INTO "pools" VALUES(3,'pictures','0879e7249a7d7db89bf1af8b6d509930','{"pool_id": "pictures", "dimension": 8, "metric": "cosine", "strategy": "default", "vote_neighbours": 10, "vote_weighting": "similarity", "vote_model": null, "classes": [], "seed": 0, "featurizer": "toy", "fingerprint": {"name": "toy", "version": "1", "preprocessing": "resized", "dimension": 8, "medium": "image"}, "created_at": 999002.0, "holdout_share": 0.0, "control_share": 0.0, "overlap": 1, "consensus": "majority", "gold_share": 0.0, "gold_secret": "", "copies": "near", "carry_labels": false, "views": ["mirrored", "turned-90"], "known_share": 0.0, "isolation": 0.0}');
CREATE TABLE receipt_pools (
	request_id TEXT NOT NULL, 
	about_pool INTEGER NOT NULL, 
	PRIMARY KEY (request_id, about_pool), 
	FOREIGN KEY(request_id) REFERENCES receipts (request_id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "receipt_pools" VALUES('request-1',1);
CREATE TABLE receipts (
	request_id TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	answer BLOB NOT NULL, 
	at FLOAT NOT NULL, 
	PRIMARY KEY (request_id)
);
INSERT INTO "receipts" VALUES('request-1','digest',X'00616E73776572',1000150.0);
CREATE TABLE sketches (
	pool_key INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	digests TEXT NOT NULL, 
	body BLOB NOT NULL, 
	PRIMARY KEY (pool_key, position), 
	FOREIGN KEY(pool_key, position) REFERENCES items (pool_key, position), 
	FOREIGN KEY(pool_key) REFERENCES pools (pool_key)
);
INSERT INTO "sketches" VALUES(1,0,'["hash-0"]',X'');
INSERT INTO "sketches" VALUES(1,1,'["hash-1"]',X'');
INSERT INTO "sketches" VALUES(1,2,'["hash-2"]',X'');
INSERT INTO "sketches" VALUES(1,3,'["hash-3"]',X'');
INSERT INTO "sketches" VALUES(1,4,'["hash-4"]',X'');
INSERT INTO "sketches" VALUES(1,5,'["hash-2"]',X'');
INSERT INTO "sketches" VALUES(1,6,'["hash-6"]',X'');
INSERT INTO "sketches" VALUES(1,7,'["hash-7"]',X'');
CREATE INDEX ix_receipts_at ON receipts (at);
CREATE INDEX ix_receipt_pools_about_pool ON receipt_pools (about_pool);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('pools',3);
COMMIT;
