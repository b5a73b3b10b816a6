"""Who signed a request, and whether the signature holds: SigV4, SigV2, presigned URLs and aws-chunked bodies.

A request is authenticated in two steps, because the secret is found by the access key that the request names:
`claim.read_claim` tells what the request says of itself, `verify.verify` proves it with the secret. The body
is then read through `payload.body_decoder`, which removes aws-chunked framing and checks what the signature
says of the bytes. Everything here is pure: no I/O, no clock, no store.
"""
