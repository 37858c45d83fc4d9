// Simulates a service that rejects its configuration.
process.stderr.write(
  'relay cannot start:\nNOTIFIER_MAX_RETRIES must be a whole number. Example: NOTIFIER_MAX_RETRIES=3\n',
);
process.exit(1);
