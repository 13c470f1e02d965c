// Transitional: moved to @menshen/engines/engine-process. Import it from there.
export * from '@menshen/engines/engine-process';
