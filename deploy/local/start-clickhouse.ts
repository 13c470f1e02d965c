// Transitional: moved to @menshen/engines/start-clickhouse. Import it from there.
export * from '@menshen/engines/start-clickhouse';
