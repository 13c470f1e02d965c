// Transitional: moved to @menshen/engines/start-nats. Import it from there.
export * from '@menshen/engines/start-nats';
