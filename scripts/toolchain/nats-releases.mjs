/** The SHA-256 of nats-server's official archives, from its SHA256SUMS file. */
export const natsRelease = {
  version: '2.11.8',
  archives: {
    'linux-x64': ['linux-amd64', '397a6deffb5533e160de0cca322bc3dcaec7fb7282d66a3dfa87a9c183152ad1'],
    'linux-arm64': ['linux-arm64', 'b08936cb1dc0ae7086137bda14c352df64397c4af45ed2b392705c19585aeb84'],
    'darwin-x64': ['darwin-amd64', '002c943c1ed39c55cc5e024debfc02685111fcb2b1cbd887aad39ac977037477'],
    'darwin-arm64': ['darwin-arm64', '23e0c5354c2da385708946a21900c944fcb9a3bbfd02aae27a4ae750dea0b682'],
  },
};
