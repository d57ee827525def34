import Testing

/// Everything that needs a running installation, one suite after the other: each has seven processes, and the machine that they
/// are developed and checked on has two cores.
@Suite(.serialized)
enum IntegrationTests {}
