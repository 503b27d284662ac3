CREATE TABLE transcripts (
    tenant_id TEXT NOT NULL,
    call_id   TEXT NOT NULL,
    text      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, call_id),
    FOREIGN KEY (tenant_id, call_id) REFERENCES calls (tenant_id, id) ON DELETE CASCADE
);
