// Stands in for a service that comes up and finds a fault.
console.log('the keyring was made with another key');
process.exit(1);
