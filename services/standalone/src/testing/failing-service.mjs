// Simulates a service that starts and then finds a fault.
console.log('the keyring was made with another key');
process.exit(1);
