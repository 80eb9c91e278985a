# SPDX-License-Identifier: ISC
"""Makes certificates and keys for tests of TLS in a directory.

    server.pem server.key      of localhost; server-rsa.* with an RSA key,
                               expired.*, future.*, long-lived.*; combined.pem has both;
                               encrypted.key has a passphrase
    ca.pem                     of the authority that signed all of them
    NAME.pem NAME.key          of a client, for each of CLIENTS
"""
import datetime
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.timezone.utc)
PEM = serialization.Encoding.PEM
# The common names of each, its rfc822Names, and the authority that signs it.
CLIENTS = {
    'alice': (['alice'], [], 'ca'),
    'bob': (['somebody'], ['bob'], 'ca'),
    'eve': (['bob'], ['eve@example.org'], 'ca'),
    'unknown': (['zoe'], [], 'ca'),
    'root': (['root'], [], 'ca'),
    'two': (['alice', 'bob'], ['alice', 'bob'], 'ca'),
    'unnamed': ([], [], 'ca'),
    'path': (['../alice'], [], 'ca'),
    'nul': (['alice\0.example.org'], ['alice\0@example.org'], 'ca'),
    'blank': (['alice '], [], 'ca'),
    'long': (['a' * 64], ['a' * 300], 'ca'),
    'stranger': (['alice'], [], 'other-ca'),
    'gone': (['alice'], [], 'ca'),
}


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


class Authority:
    """A certificate authority."""

    def __init__(self, directory, name):
        self.directory, self.key = directory, new_key()
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        usage = x509.KeyUsage(
            key_cert_sign=True, crl_sign=True, digital_signature=False,
            content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False,
            encipher_only=False, decipher_only=False)
        cert = self.builder(self.name, self.key.public_key(), -DAY, 9 * DAY) \
            .add_extension(constraints, critical=True) \
            .add_extension(usage, critical=True) \
            .sign(self.key, hashes.SHA256())
        write(directory, name + '.pem', cert.public_bytes(PEM))

    def builder(self, subject, key, begins, ends):
        """With the key identifiers of RFC 5280, which Python 3.13 needs."""
        of_key = x509.SubjectKeyIdentifier.from_public_key(key)
        of_issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(
            self.key.public_key())
        return x509.CertificateBuilder().subject_name(subject) \
            .issuer_name(self.name).public_key(key) \
            .serial_number(x509.random_serial_number()) \
            .not_valid_before(NOW + begins).not_valid_after(NOW + ends) \
            .add_extension(of_key, critical=False) \
            .add_extension(of_issuer, critical=False)

    def sign(self, file, names, others, usage, begins=-DAY, ends=8 * DAY,
             key=None):
        """Makes FILE.pem and FILE.key."""
        key = key or new_key()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)
                             for n in names])
        builder = self.builder(subject, key.public_key(), begins, ends) \
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if others:
            builder = builder.add_extension(
                x509.SubjectAlternativeName(others), critical=False)
        cert = builder.sign(self.key, hashes.SHA256()).public_bytes(PEM)
        write(self.directory, file + '.pem', cert)
        write(self.directory, file + '.key', plain(key))
        return cert, key


def plain(key, how=serialization.NoEncryption()):
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, how)


def write(directory, file, data):
    path = os.path.join(directory, file)
    with open(path, 'wb') as f:
        f.write(data)
    os.chmod(path, 0o640)


def make(directory, group):
    """Makes all of them; the group may read them."""
    def server(file, begins=-DAY, ends=8 * DAY, key=None):
        return authorities['ca'].sign(
            file, ['localhost'], [x509.DNSName('localhost')],
            ExtendedKeyUsageOID.SERVER_AUTH, begins, ends, key)

    authorities = {name: Authority(directory, name)
                   for name in ('ca', 'other-ca')}
    cert, key = server('server', ends=8 * DAY + DAY / 2)
    write(directory, 'combined.pem', plain(key) + cert)
    write(directory, 'encrypted.key', plain(
        key, serialization.BestAvailableEncryption(b'passphrase')))
    server('server-rsa', key=rsa.generate_private_key(65537, 2048))
    server('expired', ends=-DAY / 24)
    server('future', begins=DAY)
    server('long-lived', ends=99 * DAY + DAY / 2)
    for name, (names, addresses, signer) in CLIENTS.items():
        authorities[signer].sign(
            name, names, [x509.RFC822Name(a) for a in addresses],
            ExtendedKeyUsageOID.CLIENT_AUTH,
            ends=-DAY / 24 if name == 'gone' else DAY)
    for file in os.listdir(directory):
        os.chown(os.path.join(directory, file), -1, group)
