import TestStack
import Testing

/// A test of delivery that holds however routers find the edges of recipients.
struct DeliveryCheck: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let run: @Sendable () async throws -> Void

    private init(_ name: String, _ run: @escaping @Sendable () async throws -> Void) {
        testDescription = name
        self.run = run
    }

    static let all: [DeliveryCheck] = {
        let edges = IntegrationTests.AcrossEdges()
        return [
            .init("aMessageReachesTheOtherEdge") { try await edges.aMessageReachesTheOtherEdge() },
            .init("theBodyArrivesByteForByte") { try await edges.theBodyArrivesByteForByte() },
            .init("aGroupMessageReachesEveryMemberOnceAndNobodyElse") {
                try await edges.aGroupMessageReachesEveryMemberOnceAndNobodyElse()
            },
            .init("everyDeviceOfTheRecipientGetsIt") { try await edges.everyDeviceOfTheRecipientGetsIt() },
            .init("theSendersOtherDeviceGetsItAndTheSendingOneDoesNot") {
                try await edges.theSendersOtherDeviceGetsItAndTheSendingOneDoesNot()
            },
            .init("aMessageToOneselfReachesTheOtherDevice") {
                try await edges.aMessageToOneselfReachesTheOtherDevice()
            },
            .init("aMessageInFragmentsIsOneMessage") { try await edges.aMessageInFragmentsIsOneMessage() },
            .init("aSignalReachesWhoIsOnlineAndIsNotKept") { try await edges.aSignalReachesWhoIsOnlineAndIsNotKept() },
            .init("aSignalToAGroupReachesItsMembersButNotTheSendingDevice") {
                try await edges.aSignalToAGroupReachesItsMembersButNotTheSendingDevice()
            },
            .init("readMarksReachTheOthersAndTheReadersOwnDevices") {
                try await edges.readMarksReachTheOthersAndTheReadersOwnDevices()
            },
            .init("whatIsPostedOverRESTReachesASession") { try await edges.whatIsPostedOverRESTReachesASession() },
        ]
    }()
}

extension IntegrationTests {
    /// ``AcrossEdges`` where routers compute where users are: of these some are where the ring says, and some are not.
    @Suite(.serialized, .stack { $0.routing = "ring" }) struct AcrossEdgesByRing {
        @Test(arguments: DeliveryCheck.all) func isDelivered(_ check: DeliveryCheck) async throws {
            try await check.run()
        }
    }

    /// ``AcrossEdges`` where every edge is told everything.
    @Suite(.serialized, .stack { $0.routing = "broadcast" }) struct AcrossEdgesByBroadcast {
        @Test(arguments: DeliveryCheck.all) func isDelivered(_ check: DeliveryCheck) async throws {
            try await check.run()
        }
    }
}
